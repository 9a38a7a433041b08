import { defaultFieldResolver, type GraphQLFieldResolver } from 'graphql';
import { request } from 'undici';
import { expect } from 'vitest';
import { publicSchema } from '../../src/graphql/schema.js';
import type { Variables } from '../support/gateway.js';

/** What is asked of the gateway. */
export interface Question {
  document: string;
  variables?: Variables;
  operationName?: string;
}

/** An answer to the letter, but for the ids of internal errors. */
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

/** graphql-js is at work on the published schema, compiled code on one of its own. */
function watched(resolve: GraphQLFieldResolver<unknown, unknown>): GraphQLFieldResolver<unknown, unknown> {
  return (root, args, context, info) => {
    executed.push(info.schema === schema ? 'graphql-js' : 'compiled');
    return resolve(root, args, context, info);
  };
}

/** From now on `takeExecutors` knows who resolved the root fields. Answers how to end it. */
export function watchExecutors(): () => void {
  const before = roots.map(({ resolve }) => resolve);
  for (const field of roots) field.resolve = watched(field.resolve ?? defaultFieldResolver);
  return () => {
    for (const [index, field] of roots.entries()) field.resolve = before[index];
  };
}

/** Who resolved root fields since the last call, each once. */
export function takeExecutors(): Executor[] {
  return [...new Set(executed.splice(0))].sort();
}

export type Send = (question: Question) => Promise<Answered>;

/** Asks with one key; `GET` puts the question into the address. */
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
    return { status: statusCode, body: (await body.text()).replaceAll(ERROR_ID, '$1…"') };
  };
}

const ERROR_ID = /("code":"INTERNAL_SERVER_ERROR","id":")[0-9a-f-]{36}"/g;

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

/** The question in a document that nobody has asked yet: the first time graphql-js answers. */
export function anew(question: Question): Question {
  documents += 1;
  return { ...question, document: `${question.document}\n# ${documents}` };
}

export interface BothAnswers {
  interpreted: Answered;
  compiled: Answered;
  /** Who gave the answer `compiled`; nobody where no root field was resolved. */
  executors: Executor[];
}

/** Asks graphql-js, and the second time the code that is compiled then. */
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
  /** The codes of the errors, where there are to be any. */
  codes?: string[];
}

/** The codes of an answer's errors, in their order. */
export const codesIn = ({ body }: Answered): string[] | undefined =>
  JSON.parse(body).errors?.map((error: { extensions: { code: string } }) => error.extensions.code);

/** Demands the same answer of both, and of whom it is to come: of the compiled code if nothing else is said. */
export async function expectSame(
  send: Send,
  question: Question,
  { by = ['compiled'], codes }: Expected = {},
): Promise<void> {
  const { interpreted, compiled, executors } = await askBoth(send, question);
  expect(compiled).toEqual(interpreted);
  expect(executors).toEqual(by);
  expect(codesIn(compiled)).toEqual(codes);
}
