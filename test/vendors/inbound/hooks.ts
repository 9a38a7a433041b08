import { createHash, createHmac } from 'node:crypto';
import { request } from 'undici';
import { expect } from 'vitest';
import { readCall } from '../../support/documents.js';
import type { Answer, Client, TestGateway } from '../../support/gateway.js';
import { type GivenAccount, givenAccount } from '../../support/vendors/accounts.js';
import type { FakeVendor } from '../../support/vendors/fake-vendor.js';
import { connect } from '../delivery/connected.js';

type Data = Answer['data'];

/** The address that vendors are told; no test resolves it. */
export const PUBLIC_URL = 'https://hooks.example.com';

export interface Hook {
  account: Data;
  /** The registered URL. */
  url: string;
  token: string;
}

/** An account that receives, at a fake vendor. */
export async function givenHook(
  gateway: TestGateway,
  client: Client,
  { vendor, ...given }: Omit<GivenAccount, 'url'> & { vendor?: FakeVendor },
): Promise<Hook> {
  const account =
    vendor === undefined
      ? await givenAccount(client, given)
      : await connect(gateway, client, { ...given, url: vendor.url });
  return hookOf(account);
}

export const hookOf = (account: Data): Hook => ({
  account,
  url: account.webhookUrl,
  token: account.webhookUrl.split('/').at(-1),
});

export interface Posted {
  headers?: Record<string, string>;
  method?: 'POST' | 'GET' | 'PUT';
}

/** Sends to the gateway what the vendor would send to the URL, as a proxy in front of it does. */
export async function post(
  { url }: Pick<TestGateway, 'url'>,
  hook: string,
  body: string | Buffer | object,
  { headers = {}, method = 'POST' }: Posted = {},
): Promise<{ status: number; text: string; headers: Record<string, unknown> }> {
  const sent = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const answer = await request(new URL(hook.replace(PUBLIC_URL, ''), url), {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(method === 'GET' ? {} : { body: sent }),
  });
  return { status: answer.statusCode, text: await answer.body.text(), headers: answer.headers };
}

/** Posts a message that must be taken, with an empty answer. */
export async function deliver(
  gateway: Pick<TestGateway, 'url'>,
  hook: string,
  body: string | Buffer | object,
  posted: Posted = {},
): Promise<void> {
  expect(await post(gateway, hook, body, posted)).toMatchObject({ status: 200, text: '' });
}

/** As Bird signs. */
export function signed(
  url: string,
  body: string,
  key: string,
  timestamp = '1735689600',
): Record<string, string> {
  const digest = createHash('sha256').update(body).digest();
  const hmac = createHmac('sha256', key).update(`${timestamp}\n${url}\n`).update(digest);
  return {
    'messagebird-request-timestamp': timestamp,
    'messagebird-signature': hmac.digest('base64'),
  };
}

const MESSAGE = 'id state verified reason body receivedAt account { id system } call { id }';

/** Newest first. */
export async function readMessages(client: Client, filter?: object): Promise<Data[]> {
  const { inboundMessages } = await client.ask(
    `query ($filter: InboundMessageFilter) { inboundMessages(filter: $filter, first: 200) { nodes { ${MESSAGE} } totalCount } }`,
    { filter },
  );
  expect(inboundMessages.totalCount).toBe(inboundMessages.nodes.length);
  return inboundMessages.nodes;
}

/** Waits until so many messages were processed, and none is tried again; answers with them, oldest first. */
export async function processed(client: Client, states: string[]): Promise<Data[]> {
  const read = async () => (await readMessages(client)).toReversed();
  await expect
    .poll(async () => (await read()).map(({ state }) => state).toSorted(), { timeout: 60_000 })
    .toEqual(states.toSorted());
  return read();
}

export async function replayMessages(client: Client, ids: string[]): Promise<Answer> {
  return client.send(`mutation ($ids: [ID!]!) { replayInboundMessages(ids: $ids) { ${MESSAGE} } }`, { ids });
}

/** With all that belongs to it; null if it is not known. */
export async function callBy(client: Client, system: string, name: string, value: string): Promise<Data> {
  const { found } = await client.ask(
    'query ($reference: CallReferenceInput!) { found: callByReference(reference: $reference) { id } }',
    { reference: { system, name, value } },
  );
  return found && readCall(client, found.id);
}
