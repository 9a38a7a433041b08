import { defaultFieldResolver, type GraphQLFieldResolver } from 'graphql';
import { request } from 'undici';
import { expect } from 'vitest';
import { publicSchema } from '../../../src/graphql-server/schema/schema.js';
import type { Variables } from '../../support/gateway.js';

export interface Question {
  document: string;
  variables?: Variables;
  operationName?: string;
}

/** The exact answer, without the ids of internal errors. */
export interface Answered {
  status: number;
  body: string;
}

export type Executor = 'graphql-js' | 'compiled';

const executed: Executor[] = [];
const schema = publicSchema();
const roots = [schema.getQueryType(), schema.getMutationType()].flatMap((type) =>
  Object.values(type?.getFields() ?? {}),
);

/** Only graphql-js says where in the answer a resolver stands. */
function watched(resolve: GraphQLFieldResolver<unknown, unknown>): GraphQLFieldResolver<unknown, unknown> {
  return (root, args, context, info) => {
    executed.push(info.path === undefined ? 'compiled' : 'graphql-js');
    return resolve(root, args, context, info);
  };
}

/** From now on `takeExecutors` returns what resolved the root fields. Returns the function that ends it. */
export function watchExecutors(): () => void {
  const before = roots.map(({ resolve }) => resolve);
  for (const field of roots) field.resolve = watched(field.resolve ?? defaultFieldResolver);
  return () => {
    for (const [index, field] of roots.entries()) field.resolve = before[index];
  };
}

export function takeExecutors(): Executor[] {
  return [...new Set(executed.splice(0))].sort();
}

export type Send = (question: Question) => Promise<Answered>;

/** Sends the query with one key; with `GET`, in the URL. */
export function sender(url: string, token: string, method: 'GET' | 'POST' = 'POST'): Send {
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'apollo-require-preflight': 'true',
  };
  return async ({ document, variables, operationName }) => {
    const question = { query: document, variables, operationName };
    const { statusCode, body } =
      method === 'POST'
        ? await request(url, { method, headers, body: JSON.stringify(question) })
        : await request(`${url}?${parameters(question)}`, { headers });
    return {
      status: statusCode,
      body: (await body.text()).replaceAll(ERROR_ID, '$1…"').replace(REMAINING, ''),
    };
  };
}

const ERROR_ID = /("code":"INTERNAL_SERVER_ERROR","id":")[0-9a-f-]{36}"/g;
/** What a rate leaves goes down with every request. */
const REMAINING = /,"remaining":\d+(?=\}\})/;

function parameters(question: Record<string, unknown>): URLSearchParams {
  const given = Object.entries(question).filter(([, value]) => value !== undefined);
  return new URLSearchParams(
    given.map(([name, value]): [string, string] => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
}

let documents = 0;

/** The query in a new document: graphql-js answers it the first time. */
export function anew(question: Question): Question {
  documents += 1;
  return { ...question, document: `${question.document}\n# ${documents}` };
}

export interface BothAnswers {
  interpreted: Answered;
  compiled: Answered;
  /** What gave the answer `compiled`; null where no root field was resolved. */
  executors: Executor[];
}

/** Queries graphql-js, and the second time compiled code. */
export async function askBoth(send: Send, question: Question): Promise<BothAnswers> {
  const own = anew(question);
  takeExecutors();
  const interpreted = await send(own);
  if (takeExecutors().includes('compiled')) throw new Error('compiled code answered at once');
  const compiled = await send(own);
  return { interpreted, compiled, executors: takeExecutors() };
}

export interface Expected {
  by?: Executor[];
  codes?: string[];
}

export const codesIn = ({ body }: Answered): string[] | undefined =>
  JSON.parse(body).errors?.map((error: { extensions: { code: string } }) => error.extensions.code);

/** Expects the same answer from both, and from the expected executor: compiled code, and graphql-js for errors. */
export async function expectSame(
  send: Send,
  question: Question,
  { codes, by = codes === undefined ? ['compiled'] : ['compiled', 'graphql-js'] }: Expected = {},
): Promise<void> {
  const { interpreted, compiled, executors } = await askBoth(send, question);
  expect(compiled).toEqual(interpreted);
  expect(executors).toEqual(by);
  expect(codesIn(compiled)).toEqual(codes);
}
