import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { by, joinCalls, other, recordCallEvent, session, upserted, withHistory } from '../events/events.js';
import { metadataObject } from '../metadata/arbitraries.js';
import { foldOf } from '../metadata/fold.js';
import { canonical, type Json } from '../metadata/reference.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { pruneRows, turnLog } from './prune.js';

const SLUG = 'pruned';
let gateway: TestGateway;
let client: Client;

beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client({ organization: SLUG });
});
afterAll(() => gateway.close());

let names = 0;
const freshName = () => {
  names += 1;
  return `call ${names}`;
};

interface Patch {
  id: string;
  patch: { [key: string]: Json } | null;
  patchOrder: string | null;
  event?: { id: string } | null;
}

const CHECKPOINT = `query ($id: ID!) { call(id: $id) { checkpoint { prunedAt patches { patch patchOrder event { id } } } } }`;
const checkpointOf = async (id: string): Promise<Patch[]> =>
  (await client.ask(CHECKPOINT, { id })).call.checkpoint?.patches ?? [];

const NOON = Date.parse('2024-01-15T12:00:00.000Z');

/** What a call goes through: writes of every kind at times of every order, and prunings between. */
const deed = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('event' as const), patch: metadataObject, time: fc.nat(9) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('merge' as const), patch: metadataObject }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('upsert' as const), patch: metadataObject }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('prune' as const), rows: fc.integer({ min: 1, max: 6 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('turn' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('drop' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('join' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('dismiss' as const), of: fc.nat(20) }) },
);
type Deed = typeof deed extends fc.Arbitrary<infer T> ? T : never;

/** Those that were pruned whole. */
async function dropParts(): Promise<number> {
  for (let dropped = 0; ; dropped += 1) {
    const [row] = await gateway.database.db.execute<{ is_dropped: boolean }>(
      sql`select drop_log_part() as is_dropped`,
    );
    if (row?.is_dropped !== true) return dropped;
  }
}

const MERGE =
  'mutation ($call: CallLocator!, $metadata: JSONObject!) { payload: mergeCallMetadata(call: $call, metadata: $metadata) { errors { code } } }';
const DISMISS =
  'mutation ($id: ID!) { payload: dismissCallEvent(id: $id) { event { match } errors { code } } }';

/** Two calls, of which one may be joined into the other, and all patches that they were ever given. */
class World {
  readonly #ids: string[] = [];
  readonly #names = [freshName(), freshName()] as const;
  readonly #seen = new Map<string, Patch>();
  readonly #events: string[] = [];
  #isJoined = false;
  #turn = 0;

  static async open(): Promise<World> {
    const world = new World();
    for (const name of world.#names) {
      const { id } = await upserted(client, { references: [session(name)], metadata: { from: name } });
      world.#ids.push(id);
    }
    return world;
  }

  async perform(each: Deed): Promise<void> {
    this.#turn += 1;
    const at = this.#isJoined ? 0 : this.#turn % 2;
    const name = this.#names[at] as string;
    const references = [session(name)];
    if (each.kind === 'event') {
      const eventTime = new Date(NOON + each.time).toISOString();
      const { event } = await recordCallEvent(client, {
        target: { sessionId: name },
        metadata: each.patch,
        eventTime,
      });
      this.#events.push(event.id);
    } else if (each.kind === 'merge') {
      const { payload } = await client.ask(MERGE, { call: by(session(name)), metadata: each.patch });
      expect(payload.errors).toEqual([]);
    } else if (each.kind === 'upsert') {
      await upserted(client, { references, metadata: each.patch });
    } else if (each.kind === 'join') {
      if (this.#isJoined) return;
      const { errors } = await joinCalls(client, by(session(this.#names[0])), by(session(this.#names[1])));
      expect(errors).toEqual([]);
      this.#isJoined = true;
    } else if (each.kind === 'dismiss') {
      await this.#dismiss(each.of);
    } else if (each.kind === 'turn') {
      await turnLog(gateway);
    } else if (each.kind === 'drop') {
      await dropParts();
    } else {
      await this.#look();
      await pruneRows(gateway, SLUG, each.rows);
    }
    await this.expectWhole();
  }

  /** The metadata is what all patches make, whether their rows are still there or not. */
  async expectWhole(): Promise<void> {
    await this.#look();
    for (const id of this.#isJoined ? this.#ids.slice(0, 1) : this.#ids) {
      const { metadata, history } = await withHistory(client, id);
      const kept = await checkpointOf(id);
      expect(canonical(foldOf([...kept, ...history]))).toBe(canonical(metadata));
      if (this.#isForgetful) continue;
      const all = [...this.#seen.values()].filter(
        ({ id: key }) => this.#isJoined || this.#ownerOf.get(key) === id,
      );
      expect(canonical(metadata)).toBe(canonical(foldOf(all)));
    }
  }

  readonly #ownerOf = new Map<string, string>();
  /** An event was dismissed whose row was pruned: what it had replaced may be gone. */
  #isForgetful = false;

  async #look(): Promise<void> {
    for (const id of this.#isJoined ? this.#ids.slice(0, 1) : this.#ids) {
      const { history } = await withHistory(client, id);
      for (const change of history as Patch[]) {
        this.#seen.set(change.id, change);
        this.#ownerOf.set(change.id, this.#ownerOf.get(change.id) ?? id);
      }
    }
  }

  async #dismiss(of: number): Promise<void> {
    const event = this.#events[of % Math.max(1, this.#events.length)];
    if (event === undefined) return;
    await this.#look();
    const [id = ''] = this.#ids;
    const before = new Map<string, { kept: Patch[]; history: Patch[] }>();
    for (const each of this.#isJoined ? [id] : this.#ids) {
      const { history } = await withHistory(client, each);
      before.set(each, { kept: await checkpointOf(each), history });
    }
    const { payload } = await client.ask(DISMISS, { id: event });
    expect(payload.errors).toEqual([]);
    const isLogged = [...before.values()].some(({ history }) =>
      history.some((change) => change.event?.id === event && change.patch !== null),
    );
    const changes = [...this.#seen.values()].filter(
      (change) => change.event?.id === event && change.patch !== null,
    );
    if (changes.length > 0 && !isLogged) this.#isForgetful = true;
    for (const change of changes) this.#seen.set(change.id, { ...change, patch: null });
    // It takes what still counts of it away, and no more.
    for (const [each, { kept, history }] of before) {
      const left = [...kept, ...history].filter((change) => change.event?.id !== event);
      expect(canonical((await withHistory(client, each)).metadata)).toBe(canonical(foldOf(left)));
    }
  }
}

describe('the metadata of calls whose log is pruned at random moments', () => {
  it('is that of calls whose log is whole, with events of every time, joins, and dismissals of what is in the log', async () => {
    let pruned = 0;
    let dropped = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(deed, { minLength: 4, maxLength: 24 }), async (deeds) => {
        const world = await World.open();
        for (const each of deeds) await world.perform(each);
        pruned += await pruneRows(gateway, SLUG, 500);
        await world.expectWhole();
        await turnLog(gateway);
        dropped += await dropParts();
        await world.expectWhole();
      }),
      { numRuns: 30 },
    );
    expect(pruned).toBeGreaterThan(30);
    expect(dropped).toBeGreaterThan(20);
  });

  it('takes an event that is older than all that was pruned, and overwrites nothing by it', async () => {
    const { id } = await upserted(client, {
      references: [other('old')],
      metadata: { stage: 'closed', crm: { owner: 'Kim' } },
    });
    await client.ask(MERGE, { call: { id }, metadata: { queue: null, crm: { tier: 'gold' } } });
    await pruneRows(gateway, SLUG, 500);
    await recordCallEvent(client, {
      target: { call: { id } },
      eventTime: '2020-01-01T00:00:00Z',
      metadata: { stage: 'open', queue: 'billing', crm: { owner: 'Lee', since: 2019 }, language: 'pt' },
    });
    const { metadata, history } = await withHistory(client, id);
    expect(metadata).toEqual({
      stage: 'closed',
      crm: { owner: 'Kim', tier: 'gold', since: 2019 },
      language: 'pt',
    });
    expect(history).toHaveLength(1);
    const { call } = await client.ask(CHECKPOINT, { id });
    expect(call.checkpoint.patches.map(({ patch }: Patch) => patch)).toEqual([
      { stage: 'closed', crm: { owner: 'Kim' } },
      { queue: null, crm: { tier: 'gold' } },
    ]);
  });

  it('has of many patches those alone that still count', async () => {
    const { id } = await upserted(client, { references: [other('many')] });
    for (let count = 1; count <= 40; count += 1) {
      await client.ask(MERGE, { call: { id }, metadata: { count, last: { [`key ${count % 4}`]: count } } });
      if (count % 7 === 0) await pruneRows(gateway, SLUG, 500);
    }
    await pruneRows(gateway, SLUG, 500);
    expect((await checkpointOf(id)).map(({ patch }) => patch)).toEqual([
      { last: { 'key 1': 37 } },
      { last: { 'key 2': 38 } },
      { last: { 'key 3': 39 } },
      { last: { 'key 0': 40 }, count: 40 },
    ]);
  });
});
