import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { joinCalls, recordCallEvent, session, upserted, withHistory } from '../events/events.js';
import { foldOf } from '../metadata/fold.js';
import { mergeCallMetadata } from '../support/documents.js';
import { type Client, openGatewayOn, openTestGateway, type TestGateway } from '../support/gateway.js';
import { numbers } from '../support/numbers.js';
import { ageLog, partsOf, pruneNow } from './prune.js';

let gateway: TestGateway;
let other: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await openTestGateway();
  other = await openGatewayOn(gateway.databaseUrl);
  client = await gateway.client();
});
afterAll(async () => {
  await other.close();
  await gateway.close();
});

const ROUNDS = 40;
const CHECKPOINT = 'query ($id: ID!) { call(id: $id) { checkpoint { patches { patch patchOrder } } } }';

/** Merges and events of one call, each member once, and what the metadata must be. */
async function write(name: string, isOver: () => boolean): Promise<Record<string, number>> {
  const expected: Record<string, number> = {};
  for (let n = 0; n < ROUNDS || !isOver(); n += 1) {
    expected[`merged ${n}`] = n;
    const merged = await mergeCallMetadata(client, {
      call: { reference: session(name) },
      metadata: { [`merged ${n}`]: n },
    });
    expect(merged.errors).toEqual([]);
    expected[`event ${n % 9}`] = 9 + (n % 9);
    const eventTime = new Date(Date.UTC(2024, 0, 1, 0, 0, n % 9)).toISOString();
    const recorded = await recordCallEvent(client, {
      target: { sessionId: name },
      eventTime,
      metadata: { [`event ${n % 9}`]: 9 + (n % 9) },
    });
    expect(recorded.errors).toEqual([]);
  }
  return expected;
}

it('goes on while two gateways prune all that there is, and loses nothing of it', async () => {
  const names = numbers(6).map((n) => `call ${n}`);
  const ids = await Promise.all(
    names.map(
      async (name) => (await upserted(client, { references: [session(name)], status: 'IN_PROGRESS' })).id,
    ),
  );
  let rows = 0;
  let isPruning = true;
  const pruning = (async () => {
    while (rows < 200) {
      await ageLog(gateway);
      const both = await Promise.all(
        [gateway, other].map((each) => pruneNow(each, { log: 0, events: 0, calls: 0 })),
      );
      rows += both.reduce((sum, { log = 0 }) => sum + log, 0);
      await sleep(5);
    }
    isPruning = false;
  })();
  const ended = numbers(30).map((n) =>
    upserted(client, { references: [session(`ended ${n}`)], status: 'COMPLETED' }),
  );
  const written = await Promise.all(names.map((name) => write(name, () => !isPruning)));
  await Promise.all([pruning, ...ended]);
  const changes = Object.values(written).reduce((sum, members) => sum + Object.keys(members).length, 0);
  expect(rows).toBeGreaterThanOrEqual(200);
  expect(changes).toBeGreaterThan(0);
  // Many were begun, and dropped.
  expect(Number((await partsOf(gateway)).at(-1)?.split('_').at(-1))).toBeGreaterThan(1_005);
  expect((await partsOf(gateway)).length).toBeLessThan(6);
  await joinCalls(client, { id: ids[0] as string }, { id: ids[1] as string });
  const metadataOf = async (id: string) => {
    const { metadata, history } = await withHistory(client, id);
    const { call } = await client.ask(CHECKPOINT, { id });
    expect(foldOf([...(call.checkpoint?.patches ?? []), ...history])).toEqual(metadata);
    return metadata;
  };
  expect(await metadataOf(ids[0] as string)).toEqual({ ...written[0], ...written[1] });
  for (const at of [2, 3, 4, 5]) expect(await metadataOf(ids[at] as string)).toEqual(written[at]);
  expect(gateway.log).toEqual([]);
});
