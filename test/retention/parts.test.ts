import { sql } from 'drizzle-orm';
import postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { joinCalls, other, recordCallEvent, upserted, withHistory } from '../events/events.js';
import { untilFinal } from '../live/final-log.js';
import { CALLS_CHANGED, followOver } from '../live/followers.js';
import { mergeCallMetadata } from '../support/documents.js';
import { uuidIn } from '../support/events.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { ageLog, partsOf, prune, pruneRows, turnLog } from './prune.js';

const HISTORY = `query ($id: ID!, $after: String) { call(id: $id) {
  metadata checkpoint { prunedAt } history(first: 20, after: $after) { totalCount nodes { id revision cursor } }
} }`;

let gateway: TestGateway;
let client: Client;
let slug: string;
let organizations = 0;
beforeAll(async () => {
  gateway = await openTestGateway({ vendors: false });
});
beforeEach(async () => {
  organizations += 1;
  slug = `parts-${organizations}`;
  client = await gateway.client({ organization: slug });
});
afterAll(() => gateway.close());

const merge = (id: string, n: number) => mergeCallMetadata(client, { call: { id }, metadata: { n } });
const cursorOf = async (): Promise<string> => (await client.ask('{ changeCursor }')).changeCursor;
const historyOf = async (id: string) => (await client.ask(HISTORY, { id })).call;
const final = () => untilFinal(gateway.databaseUrl);

/** In the tables, whether they are pruned or not. */
async function rowsOf(id: string): Promise<number> {
  const [row] = await gateway.database.db.execute<{ rows: number }>(
    sql`select count(*)::integer as rows from call_changes where call_id = ${uuidIn(id)}`,
  );
  return row?.rows ?? 0;
}

/** A call with five changes of a part of the log that has ended, and two of the next. */
async function callOfTwoParts() {
  await turnLog(gateway);
  const { id } = await upserted(client, { references: [other('two parts')] });
  for (const n of [2, 3, 4, 5]) await merge(id, n);
  await final();
  const cursor = await cursorOf();
  const { nodes } = (await historyOf(id)).history;
  await turnLog(gateway);
  for (const n of [6, 7]) await merge(id, n);
  await final();
  return { id, cursor, nodes };
}

it('a round begins a part when the present one is old enough, and drops those that were pruned whole', async () => {
  await prune(gateway, {});
  expect(await partsOf(gateway)).toEqual(['call_changes_first']);
  await prune(gateway, { log: 0 });
  const [first, second, spare] = await partsOf(gateway);
  expect([first, second, spare]).toEqual(['call_changes_first', expect.any(String), expect.any(String)]);
  // No day has passed.
  await prune(gateway, { log: 0 });
  expect(await partsOf(gateway)).toEqual([second, spare]);
  const { id } = await upserted(client, { references: [other('a')] });
  await ageLog(gateway);
  await prune(gateway, { log: 1 });
  expect(await partsOf(gateway)).toEqual([second, spare, expect.any(String)]);
  await prune(gateway, { log: 0 });
  expect(await partsOf(gateway)).toEqual([spare, expect.any(String)]);
  expect(await rowsOf(id)).toBe(0);
});

it('rows that are pruned are gone for all who read, while their part still has others', async () => {
  const { id, cursor, nodes } = await callOfTwoParts();
  expect(await pruneRows(gateway, slug, 3)).toBe(3);
  expect(await rowsOf(id)).toBe(7);
  const { metadata, checkpoint, history } = await historyOf(id);
  expect(metadata).toEqual({ n: 7 });
  expect(checkpoint.prunedAt).not.toBeNull();
  expect(history.totalCount).toBe(4);
  expect(history.nodes.map(({ revision }: { revision: number }) => revision)).toEqual([7, 6, 5, 4]);
  const shown = await client.ask('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
    ids: nodes.map((node: { id: string }) => node.id),
  });
  expect(shown.nodes.filter((node: unknown) => node !== null)).toHaveLength(2);
  const lost = await client.send(HISTORY, { id, after: nodes.at(-1).cursor });
  expect(lost.errors).toMatchObject([{ extensions: { code: 'CURSOR_LOST' } }]);
  const target = { url: gateway.url, token: client.token };
  const refused = followOver('ws', target, CALLS_CHANGED, { after: nodes.at(-1).cursor });
  await refused.ended();
  expect(refused.errors).toMatchObject([{ extensions: { code: 'CURSOR_LOST' } }]);
  const follower = followOver('ws', target, CALLS_CHANGED, { after: cursor });
  expect(await follower.until(2)).toHaveLength(2);
  follower.stop();
});

it('a part stays while any organization has a row in it that is kept', async () => {
  await prune(gateway, { log: 0 });
  const { id } = await callOfTwoParts();
  await pruneRows(gateway, slug, 4);
  // Those before it are empty.
  await dropped();
  expect(await dropped()).toBe(0);
  await pruneRows(gateway, slug, 1);
  expect(await rowsOf(id)).toBe(7);
  expect(await dropped()).toBe(1);
  expect(await rowsOf(id)).toBe(2);
});

it('what was pruned is erased with its call, and an event whose patch was pruned can be dismissed', async () => {
  await turnLog(gateway);
  const { id } = await upserted(client, { references: [other('erased')], metadata: { a: 1 } });
  const { event } = await recordCallEvent(client, { target: { call: { id } }, metadata: { a: 2, b: 2 } });
  const { id: joined } = await upserted(client, { references: [other('joined')], metadata: { c: 3 } });
  await joinCalls(client, { id }, { id: joined });
  await final();
  await turnLog(gateway);
  expect(await pruneRows(gateway, slug, 500)).toBeGreaterThan(3);
  await client.ask('mutation ($id: ID!) { dismissCallEvent(id: $id) { errors { code } } }', { id: event.id });
  const { metadata } = await withHistory(client, id);
  expect(metadata).toEqual({ c: 3 });
  await client.ask('mutation ($id: ID!) { eraseCall(call: { id: $id }) { errors { code } } }', { id });
  expect(await rowsOf(id)).toBe(1);
  expect(await rowsOf(joined)).toBe(1);
});

it('a restore or a promotion may begin epochs beyond the part, and no write fails', async () => {
  await turnLog(gateway);
  const { id } = await upserted(client, { references: [other('restored')] });
  await gateway.database.db.execute(sql`update log_epoch set epoch = epoch + 9`);
  await merge(id, 2);
  await final();
  const spare = (await partsOf(gateway)).at(-1);
  await turnLog(gateway);
  await merge(id, 3);
  const parts = await partsOf(gateway);
  expect(parts.indexOf(spare as string)).toBe(parts.length - 3);
  expect((await historyOf(id)).history.totalCount).toBe(3);
});

it('a round waits for no lock for long, and leaves what it cannot lock to a later one', async () => {
  await turnLog(gateway);
  const before = await partsOf(gateway);
  const others = postgres(gateway.databaseUrl, { max: 1 });
  await others.begin(async (tx) => {
    await tx`select from call_changes limit 1`;
    await expect(turnLog(gateway)).rejects.toMatchObject({ cause: { code: '55P03' } });
  });
  await others.end();
  expect(await partsOf(gateway)).toEqual(before);
});

it('a role that only reads and writes rows turns and drops parts, and one that may not delete them does not', async () => {
  const admin = postgres(gateway.databaseUrl, { max: 1, onnotice: () => {} });
  const role = `parts_${process.pid}`;
  await turnLog(gateway);
  await admin.unsafe(`create role ${role}; grant select, insert on call_changes to ${role}`);
  try {
    const trial = (statement: string) =>
      admin.begin(async (tx) => {
        await tx.unsafe(`set local session authorization ${role}`);
        return tx.unsafe(statement);
      });
    await expect(trial("select advance_log_part(interval '0')")).rejects.toThrow(/permission denied/);
    await expect(trial('select drop_log_part()')).rejects.toThrow(/permission denied/);
    await admin.unsafe(`grant delete on call_changes to ${role}`);
    expect(await trial("select advance_log_part(interval '0') as step")).toEqual([{ step: 'BEGUN' }]);
    const [part] = (await partsOf(gateway)).slice(-2);
    const [may] = await admin`select has_table_privilege(${role}, ${part as string}, 'insert') as may`;
    expect(may?.may).toBe(true);
    await trial('select drop_log_part()');
  } finally {
    await admin.unsafe(`drop owned by ${role}; drop role ${role}`);
    await admin.end();
  }
});

async function dropped(): Promise<number> {
  for (let parts = 0; ; parts += 1) {
    const [row] = await gateway.database.db.execute<{ is_dropped: boolean }>(
      sql`select drop_log_part() as is_dropped`,
    );
    if (row?.is_dropped !== true) return parts;
  }
}
