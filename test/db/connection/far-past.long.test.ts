import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { NEWEST_FIRST } from '../../../src/calls/filter/call-filter.values.js';
import { callListQueries } from '../../../src/calls/filter/call-list.queries.js';
import { sharedAccount } from '../../../src/db/connection/account.js';
import { type Database, openDatabase } from '../../../src/db/database.js';
import { newId } from '../../../src/foundation/new-id.js';
import { loadRows } from '../../support/many-rows.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { onServer } from '../../support/server.js';

const ROWS = 25_000;
/** One call in ten matches, and all of these are older than all others. */
const OLD = ROWS / 10;

let test: TestDatabase;
let database: Database;
let sent: string[] = [];
/** The values of a statement when it was last sent. */
const given = new Map<string, unknown[]>();
let organization: string;
/** The old calls' ids, the newest first. */
let old: string[];

beforeAll(async () => {
  test = await createTestDatabase();
  database = await openDatabase({
    url: test.url,
    poolSize: 2,
    logger: {
      logQuery: (query, params) => {
        sent.push(query);
        given.set(query, params);
      },
    },
  });
  organization = newId().id;
  await database.db.execute(
    sql`insert into organizations (organization_id, slug, name) values (${organization}, 'ours', 'ours')`,
  );
  await loadRows(database, organization, ROWS);
  await database.db.transaction(async (tx) => {
    // Without triggers, as the rows were loaded.
    await tx.execute(sql`set local session_replication_role = replica`);
    await tx.execute(sql`
      update calls set metadata = metadata || '{"era": "old"}', tags = tags || array['old']
      where id in (select id from calls order by id limit ${OLD})`);
    // Each in one call of ten, and both in one of a hundred, as far as the newest.
    await tx.execute(sql`
      update calls set metadata = metadata
        || case when (metadata ->> 'number')::int % 10 = 0 then '{"segment": "gold"}' else '{}' end::jsonb
        || case when (metadata ->> 'number')::int / 10 % 10 = 0 then '{"language": "fr"}' else '{}' end::jsonb`);
  });
  await database.db.execute(sql`vacuum analyze calls`);
  const rows = await database.db.execute<{ id: string }>(
    sql`select id from calls where tags @> array['old'] order by id desc`,
  );
  old = rows.map(({ id }) => id);
  expect(old).toHaveLength(OLD);
});
afterAll(async () => {
  await database.close();
  await test.drop();
});

const forward = { limit: 50, forward: true, after: null, before: null };
const place = (index: number) => ({ id: old[index] ?? '' });

it.each([
  ['metadata', { metadata: { contains: { era: 'old' } } }],
  ['tags', { tags: { allOf: ['old'] } }],
  ['metadata and status', { metadata: { contains: { era: 'old' } }, status: ['COMPLETED' as const] }],
])('calls far in the past are found by their %s after a limited walk', async (_, filter) => {
  sent = [];
  const rows = await callListQueries(database.db).page(
    sharedAccount(organization),
    { filter, order: NEWEST_FIRST },
    forward,
  );
  const statements = sent.filter((query) => !query.startsWith('explain'));
  expect(sent).toHaveLength(statements.length + 2);
  // The walk, of as many rows as it may pass over; and what the index finds.
  expect(statements).toHaveLength(2);
  expect(statements[0]).toContain('limit');
  expect(statements[1]).toContain('offset 0');
  const completed = await database.db.execute<{ id: string }>(
    sql`select id from calls where tags @> array['old'] and status = 'COMPLETED' order by id desc limit 51`,
  );
  const expected = 'status' in filter ? completed.map(({ id }) => id) : old.slice(0, 51);
  expect(rows.map(({ id }) => id)).toEqual(expected);
});

it('finds recent matches by the walk alone', async () => {
  sent = [];
  const filter = { tags: { allOf: ['all'] } };
  await callListQueries(database.db).page(
    sharedAccount(organization),
    { filter, order: NEWEST_FIRST },
    forward,
  );
  const statements = sent.filter((query) => !query.startsWith('explain'));
  expect(statements).toHaveLength(1);
  expect(statements[0]).not.toContain('offset 0');
});

it('walks the next time, when what the index found was near the beginning', async () => {
  const filter = { metadata: { contains: { segment: 'gold', language: 'fr' } } };
  const read = async () => {
    sent = [];
    const rows = await callListQueries(database.db).page(
      sharedAccount(organization),
      { filter, order: NEWEST_FIRST },
      forward,
    );
    return { ids: rows.map(({ id }) => id), isSorted: sent.some((query) => query.includes('offset 0')) };
  };
  const first = await read();
  expect(first.isSorted).toBe(true);
  const second = await read();
  expect(second).toEqual({ ids: first.ids, isSorted: false });
  expect(first.ids).toHaveLength(51);
});

it('a prepared walk parses its JSON parameter once, not for every row', async () => {
  sent = [];
  const filter = { metadata: { contains: { era: 'old', customer: {} } } };
  await callListQueries(database.db).page(
    sharedAccount(organization),
    { filter, order: NEWEST_FIRST },
    { ...forward, limit: 1 },
  );
  const walk = sent.find((query) => !query.startsWith('explain')) ?? '';
  expect(walk).not.toContain('offset 0');
  const plan: string[] = [];
  await onServer(test.url, async (client) => {
    await client.unsafe('set plan_cache_mode = force_generic_plan');
    await client.unsafe(`prepare walk as ${walk}`);
    const values = given.get(walk)?.map((value) => `'${value}'`);
    const rows = await client.unsafe(`explain execute walk(${values})`);
    plan.push(...rows.map((row) => String(row['QUERY PLAN'])));
  });
  const filters = plan.filter((line) => line.includes(' @> '));
  expect(filters).toHaveLength(1);
  expect(filters[0]).not.toContain('::jsonb');
});

it('pages in the far past continue each other, in both orders and both directions', async () => {
  const { page } = callListQueries(database.db);
  const filter = { metadata: { contains: { era: 'old' } } };
  const ids = async (direction: 'ASC' | 'DESC', args: object) => {
    const order = { field: 'CREATED_AT' as const, direction };
    const rows = await page(sharedAccount(organization), { filter, order }, { ...forward, ...args });
    return rows.map(({ id }) => id);
  };
  expect(await ids('DESC', { after: place(50) })).toEqual(old.slice(51, 102));
  expect(await ids('DESC', { after: place(OLD - 10) })).toEqual(old.slice(OLD - 9));
  expect(await ids('DESC', { forward: false, before: place(100) })).toEqual(old.slice(49, 100).toReversed());
  expect(await ids('DESC', { forward: false })).toEqual(old.slice(-51).toReversed());
  expect(await ids('ASC', { after: place(OLD - 1) })).toEqual(old.slice(-52, -1).toReversed());
  expect(await ids('ASC', { forward: false })).toEqual(old.slice(0, 51));
});
