import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/db/database.js';
import { ApiKeyService } from '../../src/identity/api-key.service.js';
import { other, recordCallEvent } from '../events/events.js';
import { upsert } from '../intake/upserts.js';
import { givenCall, mergeCallMetadata, readCall, replaceCallFlow } from '../support/documents.js';
import { type Answer, type Client, clientOf } from '../support/gateway.js';
import { type GatewayProcess, untilListening } from '../support/gateway-process.js';
import { createTestDatabase } from '../support/postgres.js';
import { startProgram } from '../support/program.js';

type Data = Answer['data'];

/** Concurrent writers with their own keys, alternating between two gateways. */
const CLIENTS = 64;

/** What ends what was opened, the newest first. */
const ends: (() => Promise<void>)[] = [];
let gateways: GatewayProcess[];
let clients: Client[];

beforeAll(async () => {
  const database = await createTestDatabase();
  ends.unshift(database.drop);
  // However busy the machine is: what is tried here is not how long it takes.
  const env = {
    PORT: '0',
    DATABASE_URL: database.url,
    DATABASE_TIMEOUT: '120',
    MAX_CONCURRENT_REQUESTS: '1000',
  };
  gateways = await Promise.all(
    [0, 1].map(() => untilListening(startProgram('main.js', [], env, { atEnd: (end) => ends.unshift(end) }))),
  );
  const opened = await openDatabase({ url: database.url, poolSize: 2, timeout: 120 });
  const keys = new ApiKeyService(opened);
  clients = await Promise.all(
    numbers(CLIENTS).map(async (index) => {
      const { token } = await keys.create({
        organization: 'acme',
        name: `client ${index}`,
        kind: 'APP',
        staffUid: null,
        scopes: ['ADMIN'],
        expiresAt: null,
      });
      return clientOf(gateways[index % 2]?.url ?? '', token, `Bearer ${token}`);
    }),
  );
  await opened.close();
});
afterAll(async () => {
  for (const end of ends) await end();
});

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
const upTo = (last: number) => numbers(last).map((index) => index + 1);
const increasing = (all: number[]) => all.toSorted((a, b) => a - b);

const atOnce = (count: number, run: (client: Client, index: number) => Promise<Data>): Promise<Data[]> =>
  Promise.all(clients.slice(0, count).map(run));
const errorsOf = (payloads: Data[]) => payloads.flatMap(({ errors }) => errors);
const first = (): Client => clients[0] as Client;
const SAY = [{ say: { text: 'hello' } }];

describe('at two gateways', () => {
  it('64 writers who merge different keys of one call lose nothing', async () => {
    const { id } = await givenCall(first());
    const payloads = await atOnce(64, (client, index) =>
      mergeCallMetadata(client, { call: { id }, metadata: { [`key ${index}`]: index } }),
    );
    expect(errorsOf(payloads)).toEqual([]);
    const { metadata, revision, history } = await readCall(first(), id);
    expect(metadata).toEqual(Object.fromEntries(numbers(64).map((index) => [`key ${index}`, index])));
    expect(revision).toBe(65);
    expect(increasing(payloads.map(({ call }) => call.revision))).toEqual(upTo(65).slice(1));
    expect(history.totalCount).toBe(65);
  });

  it('of two with the same expectedRevision exactly one wins, every time', async () => {
    const { id } = await givenCall(first());
    for (const round of upTo(20)) {
      const payloads = await atOnce(2, (client, index) =>
        mergeCallMetadata(client, { call: { id }, metadata: { round, index }, expectedRevision: round }),
      );
      const [winner, ...more] = payloads.filter(({ errors }) => errors.length === 0);
      expect(more).toEqual([]);
      expect(errorsOf(payloads).map(({ code }) => code)).toEqual(['REVISION_CONFLICT']);
      const { revision, metadata } = await readCall(first(), id);
      expect({ revision, metadata }).toEqual({ revision: round + 1, metadata: winner.call.metadata });
    }
  });

  it('32 who replace the flow of one call number the flows without gaps, and one is ACTIVE', async () => {
    const { id } = await givenCall(first());
    const payloads = await atOnce(32, (client) => replaceCallFlow(client, { call: { id }, commands: SAY }));
    expect(errorsOf(payloads)).toEqual([]);
    expect(increasing(payloads.map(({ callFlow }) => callFlow.revision))).toEqual(upTo(32));
    const { callFlows, callFlow, revision } = await readCall(first(), id);
    expect(callFlows.nodes.map((flow: Data) => flow.revision)).toEqual(upTo(32).toReversed());
    expect(callFlows.nodes.filter(({ status }: Data) => status === 'ACTIVE')).toEqual([callFlow]);
    expect({ revision, newest: callFlow.revision }).toEqual({ revision: 33, newest: 32 });
  });

  it('32 who upsert one new reference make one call', async () => {
    const payloads = await atOnce(32, (client, index) =>
      upsert(client, {
        references: [other('one'), other(`one-${index}`)],
        metadata: { [`key ${index}`]: 1 },
      }),
    );
    expect(errorsOf(payloads)).toEqual([]);
    expect(payloads.filter(({ created }) => created)).toHaveLength(1);
    const ids = new Set<string>(payloads.map(({ call }) => call.id));
    expect(ids.size).toBe(1);
    const call = await readCall(first(), [...ids][0] ?? '');
    expect(call.references).toHaveLength(33);
    expect(Object.keys(call.metadata)).toHaveLength(32);
    expect(call.revision).toBe(32);
  });

  it('32 with one idempotencyKey replace the flow once, and have one answer', async () => {
    const { id } = await givenCall(first());
    const payloads = await atOnce(32, (client) =>
      replaceCallFlow(client, {
        call: { id },
        commands: SAY,
        idempotencyKey: 'one',
        expectedFlowRevision: 0,
      }),
    );
    expect(payloads).toEqual(payloads.map(() => payloads[0]));
    expect(errorsOf(payloads)).toEqual([]);
    expect(await readCall(first(), id)).toMatchObject({
      revision: 2,
      callFlow: payloads[0].callFlow,
      callFlows: { totalCount: 1 },
      history: { totalCount: 2 },
    });
  });

  it.each([
    ['a call that is there', true],
    ['a call that is yet to come', false],
  ])('32 with one eventId record one event of %s, and have one answer', async (what, isThere) => {
    const target = { call: { reference: other(what) } };
    if (isThere) await givenCall(first(), { references: [other(what)] });
    const eventTime = new Date().toISOString();
    const payloads = await atOnce(32, (client) =>
      recordCallEvent(client, { target, eventId: what, eventTime, metadata: { a: 1 } }),
    );
    expect(payloads).toEqual(payloads.map(() => payloads[0]));
    expect(errorsOf(payloads)).toEqual([]);
    const { event } = payloads[0];
    expect(event.match).toBe(isThere ? 'MATCHED' : 'PENDING');
    const { id } = isThere ? event.calls.nodes[0] : await givenCall(first(), { references: [other(what)] });
    const { metadata, revision, history } = await readCall(first(), id);
    expect(metadata).toEqual(event.metadata);
    expect(Object.keys(metadata)).toHaveLength(1);
    const applied = history.nodes.filter(({ kind }: Data) => kind === 'EVENT_APPLIED');
    expect(applied).toHaveLength(1);
    expect(revision).toBe(isThere ? 2 : 1);
  });
});
