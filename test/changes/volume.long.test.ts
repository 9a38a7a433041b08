import { desc, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callChanges } from '../../src/db/tables/call-changes.js';
import { cursorSecret } from '../../src/db/tables/cursor-secret.js';
import { joinCalls, other, recordCallEvent, upserted } from '../events/events.js';
import { CALL_CHANGED, CALLS_CHANGED, followOver, settled, TRANSPORTS } from '../live/followers.js';
import { canonical, mergePatch } from '../metadata/reference.js';
import {
  type Answer,
  type Client,
  clientOf,
  openGatewayOn,
  openTestGateway,
  type TestGateway,
} from '../support/gateway.js';

type Data = Answer['data'];

let gateway: TestGateway;
let client: Client;
let stranger: Client;
let calls = 0;

beforeAll(async () => {
  gateway = await openTestGateway({}, 'trace');
  client = await gateway.client();
  stranger = await gateway.client();
});
afterAll(() => gateway.close());

const newCall = async (who = client): Promise<string> => {
  calls += 1;
  return (await upserted(who, { references: [other(`volume ${calls}`)] })).id;
};

const HISTORY = `query ($id: ID!, $after: String, $before: String, $last: Int) {
  call(id: $id) { metadata history(after: $after, before: $before, last: $last) {
    pageInfo { startCursor endCursor }
    edges { cursor node { id cursor patch patchOrder effectiveAt recordedAt } }
  } }
}`;

/** Oldest first. */
async function historyOf(id: string, who = client): Promise<Data[]> {
  const { call } = await who.ask(HISTORY, { id });
  return call.history.edges.map(({ node }: Data) => node).toReversed();
}

const merge = (id: string, metadata: object, who = client) =>
  who.ask(
    'mutation ($id: ID!, $m: JSONObject!) { mergeCallMetadata(call: { id: $id }, metadata: $m) { errors { code } } }',
    { id, m: metadata },
  );

/** All numbers that a text may contain: as decimal digits, or as bytes at any position and width. */
function numbersIn(text: string): Set<bigint> {
  const found = new Set<bigint>();
  const decoded = Buffer.from(text, 'base64url');
  for (const each of [text, decoded.toString('latin1')]) {
    for (const [digits] of each.matchAll(/\d+/g)) found.add(BigInt(digits));
  }
  for (let at = 0; at < decoded.length; at += 1) {
    for (let width = 1; width <= 8 && at + width <= decoded.length; width += 1) {
      const bytes = decoded.subarray(at, at + width);
      found.add(BigInt(`0x${bytes.toString('hex')}`));
      found.add(BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`));
    }
  }
  return found;
}

/** The position of the newest change. */
async function newestPlace(): Promise<{ label: bigint; seq: bigint }> {
  const [row] = await gateway.database.db
    .select({ label: callChanges.label, seq: callChanges.seq })
    .from(callChanges)
    .orderBy(desc(callChanges.seq))
    .limit(1);
  return { label: BigInt(row?.label ?? 0), seq: BigInt(row?.seq ?? 0) };
}

describe('a cursor of the log', () => {
  it('contains neither of its numbers, nor anything near them', async () => {
    const id = await newCall();
    // A sequence that is far advanced, so its numbers are not found by chance.
    await gateway.database.db.execute(sql`select setval('call_change_seq', 1234567890123456789)`);
    await merge(id, { a: 1 });
    const [change] = (await historyOf(id)).slice(-1);
    const { seq, label } = await newestPlace();
    expect(seq).toBe(1234567890123456790n);
    const found = numbersIn(change.cursor);
    for (let near = -100n; near <= 100n; near += 1n) expect(found.has(seq + near)).toBe(false);
    expect(change.cursor).not.toContain(String(label));
    expect(change.cursor).toMatch(/^[\w-]{32}$/);
  });

  it('has the same length when others have written more, and no smaller distance to its neighbour', async () => {
    const id = await newCall();
    await merge(id, { n: 1 });
    await merge(id, { n: 2 });
    await Promise.all(Array.from({ length: 8 }, () => newCall(stranger)));
    await merge(id, { n: 3 });
    const cursors = (await historyOf(id)).map(({ cursor }) => cursor);
    expect(new Set(cursors).size).toBe(4);
    // If neighbours shared the first half of a block, only their ends would differ.
    expect(new Set(cursors.map((cursor) => cursor.slice(0, 4))).size).toBe(4);
  });

  it('is the same wherever it is read: at the edge, of the change, live, at the end of the log, on another gateway', async () => {
    const id = await newCall();
    await settled(gateway);
    const { changeCursor } = await client.ask('{ changeCursor }');
    const target = { url: gateway.url, token: client.token };
    const followers = TRANSPORTS.flatMap((transport) => [
      followOver(transport, target, CALLS_CHANGED, { after: changeCursor }),
      followOver(transport, target, CALL_CHANGED, { call: { id }, after: changeCursor }),
    ]);
    await gateway.subscribers(followers.length);
    await merge(id, { a: 1 });
    const told = await Promise.all(followers.map(async (follower) => (await follower.until(1))[0]));
    await settled(gateway);
    const { changeCursor: end } = await client.ask('{ changeCursor }');
    const { call } = await client.ask(HISTORY, { id });
    const [newest] = call.history.edges;
    const beside = await openGatewayOn(gateway.databaseUrl);
    try {
      const elsewhere = clientOf(beside.url, client.token, `Bearer ${client.token}`);
      const [edge] = (await elsewhere.ask(HISTORY, { id })).call.history.edges;
      const all = [newest.cursor, newest.node.cursor, end, edge.cursor, ...told.map(({ cursor }) => cursor)];
      expect(new Set(all)).toEqual(new Set([call.history.pageInfo.startCursor]));
      // Each gateway accepts the other's cursors.
      const page = await elsewhere.ask(HISTORY, { id, after: newest.cursor });
      expect(page.call.history.edges).toEqual([call.history.edges[1]]);
    } finally {
      await beside.close();
      for (const follower of followers) follower.stop();
    }
  });

  it('of another organization, or forged, is refused by every argument that takes one', async () => {
    const [id, foreignId] = [await newCall(), await newCall(stranger)];
    const own = (await historyOf(id))[0].cursor;
    const foreign = (await historyOf(foreignId, stranger))[0].cursor;
    const forged = `${own.startsWith('A') ? 'B' : 'A'}${own.slice(1)}`;
    const old = Buffer.from('change|765.6').toString('base64url');
    for (const cursor of [foreign, forged, old, '', 'x'.repeat(100_000)]) {
      for (const argument of ['after', 'before']) {
        const { errors } = await client.send(HISTORY, { id, [argument]: cursor });
        expect(errors).toMatchObject([
          {
            message: `${argument} is not a cursor of this list: use only cursors that this list returned.`,
            extensions: { code: 'BAD_USER_INPUT' },
          },
        ]);
      }
      const target = { url: gateway.url, token: client.token };
      for (const [document, variables] of [
        [CALLS_CHANGED, {}],
        [CALL_CHANGED, { call: { id } }],
      ] as const) {
        const follower = followOver('sse', target, document, { ...variables, after: cursor });
        await follower.ended();
        expect(follower.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
      }
    }
    expect((await client.send(HISTORY, { id, after: own })).errors).toBeUndefined();
  });

  it('never has its secret in a log', async () => {
    const [row] = await gateway.database.db.select().from(cursorSecret);
    const secret = row?.secret ?? expect.fail();
    expect(secret).toHaveLength(32);
    const log = gateway.log.join('');
    expect(log).not.toBe('');
    for (const encoding of ['hex', 'base64', 'base64url', 'latin1'] as const) {
      expect(log).not.toContain(secret.toString(encoding));
    }
    expect(log).not.toContain([...secret].join());
  });
});

describe('patchOrder', () => {
  const ORDER = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (\d{19})$/;

  it('reveals when the patch arrived, but not what others write meanwhile', async () => {
    const id = await newCall();
    const clock = async () => {
      const [row] = await gateway.database.db.execute<{ now: string }>(
        sql`select (extract(epoch from clock_timestamp()) * 1000000)::bigint::text as now`,
      );
      return BigInt(row?.now ?? 0);
    };
    const eventTime = new Date(Date.now() - 60_000).toISOString();
    const times: [bigint, bigint][] = [];
    const timed = async (write: () => Promise<unknown>) => {
      const before = await clock();
      await write();
      times.push([before, await clock()]);
      await Promise.all(
        Array.from({ length: 2 * times.length }, (_, n) =>
          upserted(stranger, { references: [other(`noise ${times.length} ${n}`)], metadata: { n } }),
        ),
      );
    };
    await timed(() => merge(id, { a: 1 }));
    await timed(() => recordCallEvent(client, { target: { call: { id } }, eventTime, metadata: { a: 2 } }));
    await timed(() => upserted(client, { references: [other(`volume ${calls}`)], metadata: { a: 3 } }));
    await timed(() => recordCallEvent(client, { target: { call: { id } }, eventTime, metadata: { a: 4 } }));
    const patches = (await historyOf(id)).filter(({ patch }) => patch !== null);
    expect(patches).toHaveLength(4);
    for (const [index, { patchOrder, effectiveAt }] of patches.entries()) {
      const [, time, arrival = ''] = ORDER.exec(patchOrder) ?? [];
      const [before, after] = times[index] ?? expect.fail();
      expect(time).toBe(effectiveAt);
      const arrived = BigInt(arrival) / 2048n;
      expect(arrived >= before && arrived <= after).toBe(true);
    }
  });

  it('sorts patches of one time by arrival, and stays the same through waiting and a join', async () => {
    const eventTime = new Date(Date.now() - 60_000).toISOString();
    const reference = other('volume late');
    const [first, second] = [await newCall(), await newCall()];
    const record = (target: object, metadata: object) =>
      recordCallEvent(client, { target, metadata, eventTime });
    await record({ call: { reference } }, { who: 'waited', waited: true });
    await record({ call: { id: second } }, { who: 'second' });
    await record({ call: { id: first } }, { who: 'first' });
    const before = new Map(
      [...(await historyOf(first)), ...(await historyOf(second))].map(({ id, patchOrder }) => [
        id,
        patchOrder,
      ]),
    );
    await upserted(client, { references: [other(`volume ${calls - 1}`), reference] });
    await joinCalls(client, { id: first }, { id: second });
    const { call } = await client.ask(HISTORY, { id: first });
    const nodes = call.history.edges.map(({ node }: Data) => node);
    const patches = nodes
      .filter(({ patch }: Data) => patch !== null)
      .toSorted((a: Data, b: Data) => (a.patchOrder < b.patchOrder ? -1 : 1));
    expect(patches.map(({ patch }: Data) => patch.who)).toEqual(['waited', 'second', 'first']);
    const folded = patches.reduce((folding: Data, { patch }: Data) => mergePatch(folding, patch), {});
    expect(canonical(call.metadata)).toBe(canonical(folded));
    const known = nodes.filter(({ id }: Data) => before.has(id));
    expect(known.length).toBe(before.size);
    for (const { id, patchOrder } of known) expect(patchOrder).toBe(before.get(id));
  });

  it('is the same live as in the history', async () => {
    const id = await newCall();
    const document = `subscription ($call: CallLocator!) { callChanged(call: $call) { id patchOrder } }`;
    const target = { url: gateway.url, token: client.token };
    await settled(gateway);
    const follower = followOver('ws', target, document, { call: { id } });
    await gateway.subscribers(1);
    const eventTime = new Date(Date.now() - 60_000).toISOString();
    await merge(id, { a: 1 });
    await recordCallEvent(client, { target: { call: { id } }, eventTime, metadata: { b: 1 } });
    await recordCallEvent(client, { target: { call: { id } }, eventTime, metadata: { c: 1 } });
    const told = await follower.until(3);
    const history = (await historyOf(id))
      .slice(-3)
      .map(({ id: change, patchOrder }) => ({ id: change, patchOrder }));
    expect(told).toEqual(history);
    follower.stop();
    await gateway.subscribers(0);
  });

  it('of a merge comes after all patches of its call, even if the clock was set back', async () => {
    const id = await newCall();
    await merge(id, { a: 1 });
    // As if the last merge were from an hour ahead.
    await gateway.database.db.execute(sql`
      with later as (
        select organization_id, id, metadata_at + interval '1 hour' as at, metadata_arrival + 3600000000 * 2048 as arrival
        from calls order by id desc limit 1
      ), moved as (
        update call_changes h set effective_at = at, arrival = later.arrival from later
        where h.organization_id = later.organization_id and h.call_id = later.id and h.patch is not null
      )
      update calls c set metadata_at = at, metadata_arrival = later.arrival from later
      where c.organization_id = later.organization_id and c.id = later.id`);
    await merge(id, { a: 2 });
    await upserted(client, { references: [other(`volume ${calls}`)], metadata: { a: 3 } });
    const batch = `mutation ($items: [MergeCallMetadataItem!]!) { mergeCallsMetadata(items: $items) { errors { code } } }`;
    await client.ask(batch, { items: [4, 5].map((a) => ({ call: { id }, metadata: { a } })) });
    const { call } = await client.ask(HISTORY, { id });
    expect(call.metadata).toEqual({ a: 5 });
    const patches = call.history.edges
      .map(({ node }: Data) => node)
      .filter(({ patch }: Data) => patch !== null)
      .toSorted((a: Data, b: Data) => (a.patchOrder < b.patchOrder ? -1 : 1));
    expect(patches.map(({ patch }: Data) => patch.a)).toEqual([1, 2, 3, 4, 5]);
  });

  it('of old entries, recorded with a sequence number, comes first', async () => {
    const id = await newCall();
    const eventTime = new Date(Date.now() - 60_000).toISOString();
    const record = (metadata: object) =>
      recordCallEvent(client, { target: { call: { id } }, metadata, eventTime });
    await record({ who: 'old' });
    await gateway.database.db.execute(sql`
      with old as (
        update call_changes set arrival = 4711 where patch @> '{"who": "old"}' returning organization_id, call_id, arrival
      )
      update calls c set metadata_arrival = old.arrival from old
      where c.organization_id = old.organization_id and c.id = old.call_id`);
    await record({ who: 'new' });
    const [old, recent] = (await historyOf(id)).slice(-2);
    expect([old.patch, recent.patch]).toEqual([{ who: 'old' }, { who: 'new' }]);
    expect(old.patchOrder < recent.patchOrder).toBe(true);
    expect((await client.ask(HISTORY, { id })).call.metadata).toEqual({ who: 'new' });
  });

  it('of one batch is in the order of its items, even within one microsecond', async () => {
    const reference = other('volume batch');
    const inputs = Array.from({ length: 200 }, (_, n) => ({ references: [reference], metadata: { n } }));
    const { upsertCalls } = await client.ask(
      'mutation ($inputs: [UpsertCallInput!]!) { upsertCalls(inputs: $inputs) { call { id } errors { code } } }',
      { inputs },
    );
    const { call } = await client.ask(
      'query ($r: CallReferenceInput!) { callByReference(reference: $r) { id } call: callByReference(reference: $r) { metadata history(first: 200) { nodes { patch patchOrder } } } }',
      { r: reference },
    );
    expect(upsertCalls).toHaveLength(200);
    const orders = call.history.nodes.map(({ patchOrder }: Data) => patchOrder);
    expect(orders.toSorted()).toEqual(orders.toReversed());
    expect(call.metadata).toEqual({ n: 199 });
  });
});

it('nothing in the database takes a patch’s arrival from a sequence', async () => {
  const { db } = gateway.database;
  const drawing = await db.execute(sql`select proname from pg_proc where prosrc like '%patch_arrival''%'`);
  expect([...drawing]).toEqual([]);
  const sequences = await db.execute(
    sql`select from pg_class where relkind = 'S' and relname = 'patch_arrival'`,
  );
  expect(sequences).toHaveLength(0);
});
