import postgres, { type Sql } from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeTable } from '../../../src/db/migrating/applied.js';
import { applyConcurrently, applyWhole, PATIENCE } from '../../../src/db/migrating/apply.js';
import { type Migration, readMigrations } from '../../../src/db/migrating/migration-files.js';
import type { TestDatabase } from '../../support/postgres.js';
import { createEmptyDatabase } from './empty-database.js';

const CALLS = 20_000;
const CLIENTS = 4;
/** DATABASE_TIMEOUT: what takes longer is an error of a request. */
const LONGEST_MS = 15_000;

/** The same in all versions. */
const STATEMENTS = [
  `select * from calls where joined_into is null order by updated_at desc, id limit 20`,
  `update calls set tags = array['moved'], updated_at = clock_timestamp() where id in (select id from calls tablesample system (1) limit 1)`,
  `update voice_calls set client_uid = client_uid || '.' where id in (select id from voice_calls tablesample system (1) limit 1)`,
  `select v.*, c.status from voice_calls v join calls c on c.organization_id = v.organization_id and c.id = v.call_id limit 20`,
  `select * from call_changes order by label desc limit 20`,
  `select * from call_events limit 20`,
  `select * from call_references limit 20`,
];

const LOAD = [
  `insert into organizations (organization_id, slug, name) values (gen_random_uuid(), 'acme', 'Acme')`,
  `insert into calls (organization_id, id, direction, status, from_address, tags, metadata, flow_revision, revision,
    change_label, created_at, updated_at)
  select o.organization_id, gen_random_uuid(), 'INBOUND', 'COMPLETED', '+1555' || n, '{}', jsonb_build_object('n', n),
    0, 1, n, now() - make_interval(secs => n), now() - make_interval(secs => n)
  from organizations o, generate_series(1, ${CALLS}) n`,
  `insert into voice_calls (organization_id, id, call_id, staff_uid, client_uid, from_number, to_number, direction, status,
    provider, source_id, external_uuid, revision, created_at, updated_at)
  select organization_id, gen_random_uuid(), id, 'staff', 'client', from_address, '+1', direction, status,
    'p', 's', 'e', 1, created_at, updated_at from calls`,
  'analyze',
];

let database: TestDatabase;
let sql: Sql;
let clients: Sql[];
let migrations: Migration[];

const connect = () => postgres(database.url, { max: 1, fetch_types: false, onnotice: () => {} });

beforeAll(async () => {
  database = await createEmptyDatabase();
  sql = connect();
  clients = Array.from({ length: CLIENTS + 1 }, connect);
  migrations = await readMigrations();
  await makeTable(sql, migrations);
  await apply(migrations[0] as Migration);
  for (const statement of LOAD) await sql.unsafe(statement);
});
afterAll(async () => {
  await Promise.all([sql, ...clients].map((each) => each.end({ timeout: 0 })));
  await database.drop();
});

const apply = (migration: Migration, waits = () => {}) =>
  migration.isConcurrent ? applyConcurrently(sql, migration) : applyWhole(sql, migration, waits, PATIENCE);

interface Traffic {
  statements: number;
  longest: number;
}

async function sendUntil(ended: () => boolean): Promise<Traffic> {
  const traffic = { statements: 0, longest: 0 };
  const send = async (client: Sql, first: number) => {
    for (let turn = first; !ended(); turn += 1) {
      const began = performance.now();
      await client.unsafe(STATEMENTS[turn % STATEMENTS.length] as string);
      traffic.statements += 1;
      traffic.longest = Math.max(traffic.longest, performance.now() - began);
    }
  };
  await Promise.all(clients.slice(0, CLIENTS).map(send));
  return traffic;
}

/** A report that uses the calls until the migration has given way to it, or is done without them. */
function startReport(): { begun: Promise<unknown>; end(): Promise<unknown> } {
  let begin = () => {};
  let end = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const reporting = clients[CLIENTS]?.begin(async (tx) => {
    await tx`select count(*) from calls`;
    begin();
    await ended;
  });
  return {
    begun,
    end: async () => {
      end();
      await reporting;
    },
  };
}

test('each migration lets reads and writes go on, beside a report that uses the calls', async () => {
  const shown: object[] = [];
  for (const migration of migrations.slice(1)) {
    let isDone = false;
    const sending = sendUntil(() => isDone);
    const report = startReport();
    await report.begun;
    let waits = 0;
    const began = performance.now();
    await apply(migration, () => {
      waits += 1;
      void report.end();
    });
    isDone = true;
    const took = performance.now() - began;
    await report.end();
    const { statements, longest } = await sending;
    shown.push({
      migration: migration.name,
      'gave way': waits,
      'took, ms': Math.round(took),
      statements,
      'longest wait, ms': Math.round(longest),
    });
    expect(statements).toBeGreaterThanOrEqual(CLIENTS);
    expect(longest).toBeLessThan(LONGEST_MS);
  }
  console.table(shown);
  expect(shown).toHaveLength(migrations.length - 1);
});
