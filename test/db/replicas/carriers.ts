import { createHash } from 'node:crypto';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import { request } from 'undici';
import { WebSocket } from 'ws';

/** What a client sends, and in which way. */
export interface Question {
  url: string;
  token: string;
  query: string;
  /** What it has seen. */
  seen: readonly string[];
}

export interface Told {
  // biome-ignore lint/suspicious/noExplicitAny: the shape of an answer follows from the document that a test sends
  data: any;
  errors: readonly { message: string }[];
  /** What it has seen now; null where no token came. */
  seen: string | null;
}

type Carry = (question: Question) => Promise<Told>;

interface Body {
  data?: unknown;
  errors?: readonly { message: string }[];
  extensions?: Record<string, unknown>;
}

const told = ({ data, errors = [], extensions }: Body): Told => ({
  data,
  errors,
  seen: (extensions?.consistencyToken as string | undefined) ?? null,
});

const asHeader = (seen: readonly string[]) =>
  seen.length > 0 ? { 'consistency-token': seen.join(', ') } : {};
const asExtension = (seen: readonly string[]) =>
  seen.length > 0 ? { consistencyToken: seen.join(',') } : undefined;

async function overHttp({ url, token, seen }: Question, body: object, inHeader: boolean): Promise<Told> {
  const answer = await request(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${token}`,
      ...(inHeader && asHeader(seen)),
    },
    body: JSON.stringify(body),
  });
  const found = told((await answer.body.json()) as Body);
  const header = answer.headers['consistency-token'] ?? null;
  if (header !== found.seen) throw new Error(`the header ${header} differs from the extension ${found.seen}`);
  return found;
}

/** Each way that queries and mutations come, and their tokens with them. */
export const MUTATING = {
  'POST, in the header': (question) => overHttp(question, { query: question.query }, true),
  'POST, in the extensions': (question) =>
    overHttp(question, { query: question.query, extensions: asExtension(question.seen) }, false),
  'a persisted operation': async (question) => {
    const sha256Hash = createHash('sha256').update(question.query).digest('hex');
    const extensions = { persistedQuery: { version: 1, sha256Hash }, ...asExtension(question.seen) };
    const first = await overHttp(question, { extensions }, false);
    if (first.errors.length === 0) return first;
    return overHttp(question, { query: question.query, extensions }, false);
  },
  'a WebSocket, in the operation': (question) => overSocket(question, false),
  'a WebSocket, in connection_init': (question) => overSocket(question, true),
  'an event stream, in the header': (question) => overStream(question, true),
  'an event stream, in the extensions': (question) => overStream(question, false),
} satisfies Record<string, Carry>;

export const CARRIERS: Record<string, Carry> = {
  ...MUTATING,
  'GET, in the header': (question) => overGet(question, true),
  'GET, in the extensions': (question) => overGet(question, false),
};

async function overGet({ url, token, query, seen }: Question, inHeader: boolean): Promise<Told> {
  const parameters = new URLSearchParams({ query });
  const extensions = asExtension(seen);
  if (!inHeader && extensions) parameters.set('extensions', JSON.stringify(extensions));
  const headers = {
    authorization: `Bearer ${token}`,
    'apollo-require-preflight': '1',
    ...(inHeader && asHeader(seen)),
  };
  const answer = await request(`${url}?${parameters}`, { headers });
  return told((await answer.body.json()) as Body);
}

async function overSocket({ url, token, query, seen }: Question, atInit: boolean): Promise<Told> {
  const client = createWsClient({
    url: url.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: `Bearer ${token}`, ...(atInit && asHeader(seen)) },
    retryAttempts: 0,
  });
  try {
    const extensions = atInit ? undefined : asExtension(seen);
    return await only(client.iterate({ query, ...(extensions && { extensions }) }));
  } finally {
    await client.dispose();
  }
}

async function overStream({ url, token, query, seen }: Question, inHeader: boolean): Promise<Told> {
  const client = createSseClient({
    url: `${url}/stream`,
    headers: { Authorization: `Bearer ${token}`, ...(inHeader && asHeader(seen)) } as Record<string, string>,
    retryAttempts: 0,
  });
  try {
    const extensions = inHeader ? undefined : asExtension(seen);
    return await only(client.iterate({ query, ...(extensions && { extensions }) }));
  } finally {
    client.dispose();
  }
}

async function only(results: AsyncIterable<unknown>): Promise<Told> {
  for await (const result of results) return told(result as Body);
  throw new Error('there was no answer');
}
