import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/db/database.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';

/** Looked up before the organization is known, or shared by all organizations. */
const EXCEPTIONS = [
  'organizations unique (slug)',
  'api_keys unique (token_hash)',
  'cursor_secret primary (is_only)',
  'log_epoch primary (is_only)',
  'log_parts primary (label)',
  'retention primary (is_only)',
  'switchboard_migrations primary (name)',
  'vendor_accounts unique (old_webhook_token_hash)',
  'vendor_accounts unique (webhook_token_hash)',
];
/**
 * The outbox copies them, by triggers, from rows of its own organization: the checks of foreign keys would lock an
 * account's row in every write. `lane` and `claim` point to no row.
 */
const COPIED = [
  // The log outlives erased calls and events.
  ...['call_id', 'event_id'].map((column) => `call_changes.${column}`),
  'call_imports.claim',
  // The call's own id, or a transcript's: triggers write both.
  'call_search.source',
  'checkpoint_patches.event_id',
  ...['account_id', 'caused_by', 'change_id', 'claim', 'event_id', 'flow_id', 'lane'].map(
    (column) => `deliveries.${column}`,
  ),
  'inbound_messages.claim',
  'retention.claim',
];
/** The gateway's own. */
const OF_NO_ORGANIZATION = ['cursor_secret', 'log_epoch', 'log_parts', 'retention', 'switchboard_migrations'];

let test: TestDatabase;
let database: Database;

beforeAll(async () => {
  test = await createTestDatabase();
  database = await openDatabase({ url: test.url, poolSize: 2 });
});
afterAll(async () => {
  await database.close();
  await test.drop();
});

interface Key {
  name: string;
  kind: 'primary' | 'unique' | 'foreign';
  columns: string[];
  /** For a foreign key, the columns that it points to. */
  target: string[] | null;
}

type Executor = Pick<Database['db'], 'execute'>;

/** All primary keys, unique indexes and foreign keys, with their columns in order. Those of the log's parts are the log's. */
async function keys(db: Executor): Promise<Key[]> {
  const columnsOf = (relation: string, numbers: string) =>
    sql.raw(`array(
    select coalesce(a.attname, '(expression)') from unnest(${numbers}) with ordinality n(number, place)
    left join pg_attribute a on a.attrelid = ${relation} and a.attnum = n.number and n.number > 0 order by n.place)`);
  const rows = await db.execute(sql`
    select t.relname as name, case when i.indisprimary then 'primary' else 'unique' end as kind,
      ${columnsOf('i.indrelid', 'i.indkey::int2[]')} as columns, null as target
    from pg_index i join pg_class t on t.oid = i.indrelid
    where i.indisunique and not t.relispartition and t.relnamespace = 'public'::regnamespace
    union all
    select t.relname, 'foreign', ${columnsOf('k.conrelid', 'k.conkey')}, ${columnsOf('k.confrelid', 'k.confkey')}
    from pg_constraint k join pg_class t on t.oid = k.conrelid
    where k.contype = 'f' and not t.relispartition and t.relnamespace = 'public'::regnamespace`);
  return [...rows] as unknown as Key[];
}

function faultsOf(all: Key[]): string[] {
  return all
    .filter(({ columns, target }) =>
      [columns, target ?? columns].some(([first]) => first !== 'organization_id'),
    )
    .map(({ name, kind, columns }) => `${name} ${kind} (${columns.join(', ')})`)
    .toSorted();
}

async function tables(db: Executor): Promise<string[]> {
  const rows = await db.execute<{ name: string }>(sql`
    select relname as name from pg_class
    where relkind in ('r', 'p') and not relispartition and relnamespace = 'public'::regnamespace order by relname`);
  return rows.map(({ name }) => name);
}

describe('every table', () => {
  it('has organization_id first in its primary key, unique indexes and foreign keys, but for what sign-in looks up, the secret, the epoch and the parts', async () => {
    const all = await keys(database.db);
    expect(all.length).toBeGreaterThan(20);
    expect(faultsOf(all)).toEqual(EXCEPTIONS.toSorted());
  });

  it('has a primary key', async () => {
    const all = await keys(database.db);
    const keyed = all.filter(({ kind }) => kind === 'primary').map(({ name }) => name);
    expect(keyed.toSorted()).toEqual(await tables(database.db));
  });

  it('is tied to its organization by foreign keys', async () => {
    const all = (await keys(database.db)).filter(({ kind }) => kind === 'foreign').map(({ name }) => name);
    const untied = (await tables(database.db)).filter(
      (name) => ![...OF_NO_ORGANIZATION, 'organizations'].includes(name) && !all.includes(name),
    );
    expect(untied).toEqual([]);
  });

  it('points to other rows by foreign keys alone, so that none can be another organization’s', async () => {
    const loose = await database.db.execute<{ name: string }>(sql`
      select t.relname || '.' || a.attname as name from pg_class t join pg_attribute a on a.attrelid = t.oid
      where t.relkind in ('r', 'p') and not t.relispartition and t.relnamespace = 'public'::regnamespace and a.attnum > 0 and not a.attisdropped
        and a.atttypid = 'uuid'::regtype and a.attname <> 'id' and (t.relname, a.attname) <> ('organizations', 'organization_id')
        and not exists (select from pg_constraint k where k.conrelid = t.oid and k.contype = 'f' and a.attnum = any(k.conkey))`);
    expect(loose.map(({ name }) => name).toSorted()).toEqual(COPIED);
  });

  it('has an organization_id that is never null', async () => {
    const missing = await database.db.execute<{ name: string }>(sql`
      select t.relname as name from pg_class t
      where t.relkind in ('r', 'p') and not t.relispartition and t.relnamespace = 'public'::regnamespace and not exists (
        select from pg_attribute a where a.attrelid = t.oid and a.attname = 'organization_id' and a.attnotnull)`);
    expect(missing.map(({ name }) => name).toSorted()).toEqual(OF_NO_ORGANIZATION);
  });
});

it.each([
  ['a primary key', 'create table bad (id uuid, organization_id uuid, primary key (id, organization_id))'],
  ['a unique constraint', 'alter table calls add constraint bad unique (id, organization_id)'],
  ['a unique index', 'create unique index bad on calls (customer_number)'],
  ['a unique index on an expression', "create unique index bad on calls ((metadata ->> 'a'))"],
  [
    'a foreign key',
    'alter table calls add constraint other unique (id); alter table voice_calls add foreign key (call_id) references calls (id)',
  ],
])('%s without it is found', async (_, statements) => {
  const undo = new Error('undo');
  const faults: string[] = [];
  const broken = database.transaction(async (tx) => {
    for (const statement of statements.split('; ')) await tx.execute(sql.raw(statement));
    faults.push(...faultsOf(await keys(tx)));
    throw undo;
  });
  await expect(broken).rejects.toBe(undo);
  expect(faults.length).toBeGreaterThan(EXCEPTIONS.length);
});
