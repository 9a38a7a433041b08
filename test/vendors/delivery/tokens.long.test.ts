import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { recordCallEvent } from '../../events/events.js';
import { givenCall } from '../../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { readAccount } from '../../support/vendors/accounts.js';
import { type FakeCreovai, openCreovai } from '../../support/vendors/creovai.js';
import { connect } from './connected.js';

/** Seconds that Creovai's tokens are good for. */
const EXPIRES_IN = 1_799;

let gateway: TestGateway;
let client: Client;
let creovai: FakeCreovai;
let account: string;

beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  client = await gateway.client();
  creovai = await openCreovai({ expiresIn: EXPIRES_IN });
  ({ id: account } = await connect(gateway, client, { system: 'CREOVAI', url: creovai.url }));
});
afterEach(async () => {
  vi.restoreAllMocks();
  expect(creovai.violations).toEqual([]);
  await creovai.close();
});
afterAll(() => gateway.close());

/** Records an event on each of so many new calls, all at once, and waits until the vendor has them. */
async function recordEvents(count: number): Promise<void> {
  const sessions = Array.from({ length: count }, () => randomUUID());
  await Promise.all(
    sessions.map((value) =>
      givenCall(client, { references: [{ system: 'CREOVAI', name: 'sessionId', value }] }),
    ),
  );
  await Promise.all(
    sessions.map((sessionId) => recordCallEvent(client, { target: { sessionId }, metadata: { sessionId } })),
  );
  const received = () => sessions.filter((session) => creovai.session(session)?.events.length === 1);
  await expect.poll(received, { timeout: 300_000 }).toHaveLength(count);
  await expect
    .poll(() => readAccount(client, account))
    .toMatchObject({ state: 'ACTIVE', pendingDeliveries: 0 });
}

const refusedRequests = () => creovai.requests.filter(({ status }) => status === 401).length;
/** The gateway's clock; the vendor has another one. */
const passed = (seconds: number) => {
  const { now } = Date;
  vi.spyOn(Date, 'now').mockImplementation(() => now() + seconds * 1_000);
};

it('100 events at once on 100 calls are sent with one token', async () => {
  await recordEvents(100);
  expect(creovai.tokensIssued).toBe(1);
  expect(creovai.requests).toHaveLength(101);
});

it('a token that was revoked is renewed once, and every event is delivered once', async () => {
  await recordEvents(1);
  creovai.revokeTokens();
  await recordEvents(30);
  expect(creovai.tokensIssued).toBe(2);
  // As many as were under way at once.
  expect(refusedRequests()).toBeGreaterThan(0);
  expect(refusedRequests()).toBeLessThanOrEqual(4);
});

it.each([
  ['kept until shortly before its end', EXPIRES_IN - 120, 1],
  ['renewed before its end', EXPIRES_IN - 30, 2],
])('a token is %s', async (_, seconds, tokens) => {
  await recordEvents(1);
  passed(seconds);
  await recordEvents(10);
  expect(creovai.tokensIssued).toBe(tokens);
  expect(refusedRequests()).toBe(0);
});
