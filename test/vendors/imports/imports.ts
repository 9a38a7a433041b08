import { expect } from 'vitest';
import type { Answer, Client, Variables } from '../../support/gateway.js';

type Data = Answer['data'];

export const IMPORT =
  'id state from to seen total created updated failed toAsk asked position lastError createdAt finishedAt account { id }';
const ERRORS = 'errors { code message path }';

const START = `mutation ($account: ID!, $from: DateTime, $to: DateTime) {
  payload: startCallImport(account: $account, from: $from, to: $to) { callImport { ${IMPORT} } ${ERRORS} }
}`;
const CANCEL = `mutation ($id: ID!) { payload: cancelCallImport(id: $id) { callImport { ${IMPORT} } ${ERRORS} } }`;

export const startImport = async (client: Client, account: string, time: Variables = {}): Promise<Data> =>
  (await client.ask(START, { account, ...time })).payload;

export const cancelImport = async (client: Client, id: string): Promise<Data> =>
  (await client.ask(CANCEL, { id })).payload;

/** An import that must be accepted. */
export async function givenImport(client: Client, account: string, time: Variables = {}): Promise<Data> {
  const { callImport, errors } = await startImport(client, account, time);
  expect(errors).toEqual([]);
  return callImport;
}

export async function readImport(client: Client, id: string): Promise<Data> {
  const { node } = await client.ask(
    `query ($id: ID!) { node(id: $id) { ... on CallImport { ${IMPORT} } } }`,
    { id },
  );
  return node;
}

/** Waits until it has ended. */
export async function ended(client: Client, { id }: { id: string }): Promise<Data> {
  const state = async () => (await readImport(client, id)).state;
  await expect.poll(state, { timeout: 300_000 }).not.toBe('RUNNING');
  return readImport(client, id);
}

export const imported = async (client: Client, account: string, time: Variables = {}): Promise<Data> =>
  ended(client, await givenImport(client, account, time));

export async function countCalls(client: Client): Promise<number> {
  return (await client.ask('{ calls { totalCount } }')).calls.totalCount;
}
