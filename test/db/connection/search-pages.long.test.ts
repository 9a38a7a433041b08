import { type SQL, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CallFilter } from '../../../src/calls/filter/call-filter.values.js';
import { callListQueries } from '../../../src/calls/filter/call-list.queries.js';
import { sharedAccount } from '../../../src/db/connection/account.js';
import { type Database, openDatabase } from '../../../src/db/database.js';
import { OCCURRED_AT } from '../../../src/db/tables/calls.js';
import { newId } from '../../../src/foundation/new-id.js';
import type { Page } from '../../../src/foundation/page.js';
import type { VoiceCallFilter } from '../../../src/voice-calls/voice-call-filter.values.js';
import { voiceCallListQueries } from '../../../src/voice-calls/voice-call-list.queries.js';
import { loadRows, loadSearch, NEWEST } from '../../support/many-rows.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';

// So many that windows of several sizes are looked at, and so few that the whole index is as well.
const ROWS = 20_000;
const PAGE = 120;

let test: TestDatabase;
let database: Database;
let organization: string;

beforeAll(async () => {
  test = await createTestDatabase();
  database = await openDatabase({ url: test.url, poolSize: 2 });
  for (const slug of ['theirs', 'ours']) {
    organization = newId().id;
    await database.db.execute(
      sql`insert into organizations (organization_id, slug, name) values (${organization}, ${slug}, ${slug})`,
    );
    await loadRows(database, organization, ROWS);
    await database.db.transaction(async (tx) => {
      await tx.execute(sql`set local session_replication_role = replica`);
      // The oldest tenth has a tag that no other has, and one call in twenty began when it was made.
      await tx.execute(sql`
        update calls c set tags = c.tags || array['vintage'] where c.organization_id = ${organization}
          and c.id in (select id from calls where organization_id = ${organization} order by id limit ${ROWS / 10})`);
      await tx.execute(sql`
        update calls set started_at = created_at where organization_id = ${organization}
          and (metadata ->> 'number')::int % 20 > 0 and started_at is not null`);
    });
    await loadSearch(database, organization);
  }
  await database.db.execute(sql`vacuum analyze`);
});
afterAll(async () => {
  await database.close();
  await test.drop();
});

const VALUES = {
  CREATED_AT: sql`created_at`,
  STARTED_AT: sql`started_at`,
  OCCURRED_AT,
};
/** Of the last one, calls have no more than the end. */
const NOWHERE = ['tag 777', '+2415-77'];
const WORDS = ['tag 7', 'tag 77', 'vintage', 'all', '+1415-77', ...NOWHERE];

interface Place {
  id: string;
  value?: string | null;
}

async function expected(
  field: keyof typeof VALUES,
  direction: 'ASC' | 'DESC',
  word: string,
): Promise<Place[]> {
  const value = VALUES[field];
  const way = sql.raw(direction);
  const digits = word.replaceAll(/\D/g, '');
  const rows = await database.db.execute<{ id: string; value: Date | null }>(sql`
    select id, ${value} as value from calls where organization_id = ${organization} and (
      tags::text like ${`%${word}%`}
      or ${digits.length > 3} and (from_address like ${`%${digits}%`} or to_address like ${`%${digits}%`}))
    order by ${value} ${way} nulls last, id ${way}`);
  return rows.map(({ id, value }) => ({ id, value: value && new Date(value).toISOString() }));
}

const CASES = Object.keys(VALUES).flatMap((field) =>
  (['ASC', 'DESC'] as const).flatMap((direction) =>
    WORDS.map((word) => [word, field as keyof typeof VALUES, direction] as const),
  ),
);

it.each(CASES)('pages of a search for %s by %s %s have each match once', async (search, field, direction) => {
  const all = await expected(field, direction, search);
  expect(all.length > 0).toBe(!NOWHERE.includes(search));
  const { page } = callListQueries(database.db);
  const list = { filter: { search }, order: { field, direction } };
  const read = async (place: object) => {
    const rows = await page(sharedAccount(organization), list, {
      limit: PAGE,
      forward: true,
      after: null,
      before: null,
      ...place,
    } as never);
    return rows.map(({ id }) => id);
  };
  const ids = all.map(({ id }) => id);
  for (const start of [0, 1, PAGE, Math.floor(ids.length / 2), ids.length - 10]) {
    const at = all[start - 1];
    if (start > 0 && at === undefined) continue;
    expect(await read({ after: at ?? null })).toEqual(ids.slice(start, start + PAGE + 1));
    const end = all[ids.length - start];
    expect(await read({ forward: false, before: end ?? null })).toEqual(
      ids
        .slice(0, ids.length - start)
        .slice(-PAGE - 1)
        .toReversed(),
    );
  }
});

const RANGE = { from: new Date(NEWEST - 3_000_000), to: new Date(NEWEST - 1_000_000) };
const occurredIn = sql`coalesce(c.started_at, c.ringing_at, c.created_at) >= ${RANGE.from.toISOString()}::timestamptz
  and coalesce(c.started_at, c.ringing_at, c.created_at) < ${RANGE.to.toISOString()}::timestamptz`;
const order = { field: 'CREATED_AT' as const, direction: 'DESC' as const };

type Read = (page: Page<{ id: string }>) => Promise<{ id: string }[]>;

async function expectPages(read: Read, column: SQL, condition: SQL): Promise<void> {
  const rows = await database.db.execute<{ id: string }>(sql`
    select ${column} as id from voice_calls v join calls c on c.organization_id = v.organization_id and c.id = v.call_id
    where v.organization_id = ${organization} and ${condition} order by 1 desc`);
  const all = rows.map(({ id }) => id);
  expect(all.length).toBeGreaterThan(20);
  const middle = { id: all[9] ?? '' };
  for (const [at, ids] of [
    [{}, all.slice(0, 11)],
    [{ after: middle }, all.slice(10, 21)],
    [{ forward: false, before: middle }, all.slice(0, 9).toReversed()],
    [{ forward: false }, all.slice(-11).toReversed()],
  ] as const) {
    const found = await read({ limit: 10, forward: true, after: null, before: null, ...at });
    expect(found.map(({ id }) => id)).toEqual(ids);
  }
}

it.each([
  ['search', { search: 'tag 77' }, sql`c.tags::text like '%tag 77%'`],
  ['search for much', { search: 'tag 7' }, sql`c.tags::text like '%tag 7%'`],
  ['occurredAt', { occurredAt: RANGE }, occurredIn],
] as [string, VoiceCallFilter, SQL][])('voice calls are found by %s, page by page', (_, filter, condition) =>
  expectPages(
    (page) => voiceCallListQueries(database.db).page(organization, { filter, order }, page),
    sql`v.id`,
    condition,
  ),
);

it.each([
  ['staffUid', { staffUid: ['staff 7', 'staff 8'] }, sql`v.staff_uid in ('staff 7', 'staff 8')`],
  ['clientUid', { clientUid: ['client 7'] }, sql`v.client_uid = 'client 7'`],
  ['both', { staffUid: ['staff 7'], clientUid: ['client 7', 'client 8'] }, sql`v.client_uid = 'client 7'`],
] as [string, CallFilter, SQL][])('calls are found by %s, page by page', (_, filter, condition) =>
  expectPages(
    (page) => callListQueries(database.db).page(sharedAccount(organization), { filter, order }, page),
    sql`v.call_id`,
    condition,
  ),
);
