import { setTimeout as sleep } from 'node:timers/promises';
import postgres, { type Sql } from 'postgres';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { migrate } from '../../src/db/migrate.js';
import { openEmbeddedPostgres } from '../../src/embedded-postgres/embedded-postgres.js';
import { removeDataDir } from '../support/data-dir.js';
import { givenCall, mergeCallMetadata } from '../support/documents.js';
import { type Client, openGatewayOn, type TestGateway } from '../support/gateway.js';
import { makePreparedDataDir } from '../support/prepared-data-dir.js';
import { databaseUrl, onServer } from '../support/server.js';
import { type Follower, followOver } from './followers.js';
import { randomOf } from './random.js';

let url: string;
let gateway: TestGateway;
let client: Client;
let call: string;
let close: () => Promise<void>;

beforeAll(async () => {
  const dataDir = await makePreparedDataDir();
  const first = await openEmbeddedPostgres({ dataDir, durable: false });
  await onServer(first.url, (sql) => sql`alter system set max_prepared_transactions = 5`);
  await first.close();
  const server = await openEmbeddedPostgres({ dataDir, durable: false });
  ({ url } = server);
  await migrate(url);
  for (const name of ['switchboard', 'postgres']) {
    await onServer(databaseUrl(url, name), (sql) => sql`create table elsewhere (id serial primary key)`);
  }
  gateway = await openGatewayOn(url);
  client = await gateway.client();
  ({ id: call } = await givenCall(client));
  close = async () => {
    await gateway.close();
    await server.close();
    await removeDataDir(dataDir);
  };
});
afterAll(() => close());

/** A session like that of another program. */
function session(database = 'switchboard'): Sql {
  const sql = postgres(databaseUrl(url, database), {
    max: 1,
    prepare: false,
    fetch_types: false,
    // The test decides when it ends, not the role's settings.
    connection: { options: '-c idle_in_transaction_session_timeout=0 -c statement_timeout=0' },
  });
  onTestFinished(() => sql.end({ timeout: 0 }));
  return sql;
}

const merge = (metadata: object) => mergeCallMetadata(client, { call: { id: call }, metadata });

async function follower(): Promise<Follower> {
  const follower = followOver('ws', { url: gateway.url, token: client.token });
  await gateway.subscribers(1);
  onTestFinished(async () => {
    follower.stop();
    await gateway.subscribers(0);
  });
  return follower;
}

/** Writes a change of the call as another gateway would, in a transaction that the test ends. */
const writeLog = (sql: Sql, value: number) => sql`
  with saved as (
    update calls set change_label = next_change_label(change_label), revision = revision + 1
    where id = (select id from calls limit 1) returning *
  )
  insert into call_changes (organization_id, label, seq, id, call_id, kind, actor, revision, effective_at, old_values, new_values, recorded_at)
  select organization_id, change_label, nextval('call_change_seq'), gen_random_uuid(), id, 'UPDATED', 'other', revision, now(), '{}',
    jsonb_build_object('value', ${value}::int), now() from saved`;

describe('a change is delivered while a transaction runs', () => {
  it.each<[string, string, (sql: Sql) => Promise<unknown>]>([
    ['in another database', 'postgres', (sql) => sql`insert into elsewhere default values`],
    ['in another table', 'switchboard', (sql) => sql`insert into elsewhere default values`],
    [
      'in the middle of a statement',
      'switchboard',
      async (sql) => {
        sql`insert into elsewhere select from pg_sleep(60)`.catch(() => {});
        sql`select`.catch(() => {});
      },
    ],
    [
      'that has read the log and locked rows of it',
      'switchboard',
      (sql) => sql`select from call_changes for share`,
    ],
  ])('%s', async (_, database, write) => {
    const sql = session(database);
    await sql`begin`;
    await sql`select pg_current_xact_id()`;
    await write(sql);
    const reader = await follower();
    await merge({ while: `${database} ${Math.random()}` });
    await merge({ while: 'again' });
    expect(await reader.until(2)).toHaveLength(2);
  });

  it('that is prepared, and never ended', async () => {
    const sql = session();
    await sql`begin`;
    await sql`insert into elsewhere default values`;
    await sql`prepare transaction 'forgotten'`;
    onTestFinished(() => onServer(url, (other) => other`rollback prepared 'forgotten'`).then(() => {}));
    const reader = await follower();
    await merge({ prepared: 1 });
    expect(await reader.until(1)).toHaveLength(1);
  });
});

describe('no change is skipped', () => {
  it('of a transaction that began before others, and writes the log later', async () => {
    const sql = session();
    const reader = await follower();
    await sql`begin`;
    await sql`insert into elsewhere default values`;
    await merge({ n: 1 });
    await reader.until(1);
    const other = await client.ask(
      'mutation { upsertCall(input: { references: [{ system: OTHER, name: "n", value: "2" }] }) { call { id } } }',
    );
    await reader.until(2);
    await writeLog(sql, 2);
    await mergeCallMetadata(client, { call: { id: other.upsertCall.call.id }, metadata: { n: 3 } });
    await sql`commit`;
    const changes = await reader.until(4);
    expect(changes.map(({ actor }) => actor).toSorted()).toEqual([
      'other',
      'test key',
      'test key',
      'test key',
    ]);
  });

  it('of one that is prepared, however long it takes to commit', async () => {
    const sql = session();
    const other = await client.ask(
      'mutation { upsertCall(input: { references: [{ system: OTHER, name: "n", value: "3" }] }) { call { id } } }',
    );
    const reader = await follower();
    await sql`begin`;
    await writeLog(sql, 1);
    await sql`prepare transaction 'writer'`;
    await mergeCallMetadata(client, { call: { id: other.upsertCall.call.id }, metadata: { n: 3 } });
    await sleep(300);
    expect(reader.changes).toEqual([]);
    await sql`commit prepared 'writer'`;
    expect((await reader.until(2)).map(({ actor }) => actor)).toEqual(['other', 'test key']);
  });

  it('where many write at once, early and late, roll back, and set savepoints', async () => {
    const random = randomOf(Date.now());
    const [{ organization }] = (await session()`
      select organization_id as organization from calls where id = (select id from calls limit 1)`) as never as [
      { organization: string },
    ];
    const [start] =
      await session()`select label::text, seq::text from call_changes order by label desc, seq desc limit 1`;
    const writers = Array.from({ length: 6 }, () => session());
    let isOver = false;
    const write = async (sql: Sql) => {
      for (let turn = 0; turn < 60; turn += 1) {
        await sql`begin`;
        if (random.below(2) === 0) await sql`insert into elsewhere default values`;
        if (random.below(2) === 0) await sleep(random.below(4));
        if (random.below(4) === 0) {
          await sql`savepoint s`;
          await sql`select next_change_label(0)`;
          await sql`rollback to s`;
        }
        if (random.below(3) > 0) {
          await sql`
            with label as (select next_change_label(0) as label)
            insert into call_changes (organization_id, label, seq, id, call_id, kind, actor, effective_at, old_values, new_values, recorded_at)
            select c.organization_id, l.label, nextval('call_change_seq'), gen_random_uuid(), c.id, 'UPDATED', 'race', now(), '{}', '{}', now()
            from label l, (select * from calls where organization_id = ${organization} limit 1) c`;
        }
        if (random.below(2) === 0) await sleep(random.below(3));
        await (random.below(6) === 0 ? sql`rollback` : sql`commit`);
      }
    };
    const read = async (sql: Sql) => {
      const seen: string[] = [];
      let { label, seq } = start as unknown as { label: string; seq: string };
      for (let isLast = false; !isLast; ) {
        const isQuiet = isOver;
        const rows = await sql<{ label: string; seq: string; id: string }[]>`
          select c.label::text, c.seq::text, c.id from log_end() e cross join lateral (
            select * from call_changes c where c.organization_id = ${organization}
              and (c.label, c.seq) > (${label}::bigint, ${seq}::bigint) and (c.label, c.seq) < (e.label, e.seq)
            order by c.label, c.seq limit 20) c`;
        for (const row of rows) {
          seen.push(row.id);
          ({ label, seq } = row);
        }
        isLast = isQuiet && rows.length === 0;
      }
      return seen;
    };
    const readers = Array.from({ length: 3 }, () => read(session()));
    await Promise.all(writers.map(write));
    isOver = true;
    const seen = await Promise.all(readers);
    const all = await session()<{ id: string }[]>`
      select id from call_changes where actor = 'race' order by label, seq`;
    expect(all.length).toBeGreaterThan(100);
    for (const ids of seen) expect(ids).toEqual(all.map(({ id }) => id));
  });
});

it('a log that is held back shows in the metrics at once, and in a log line after five seconds', async () => {
  const sql = session();
  const held = async () => {
    const text = await (await fetch(new URL('/metrics', gateway.url))).text();
    return Number(/^switchboard_log_held_seconds (\S+)$/m.exec(text)?.[1]);
  };
  const lines = () =>
    gateway.log.map((line) => JSON.parse(line)).filter(({ msg }) => /log of changes/.test(msg));
  expect(lines()).toEqual([]);
  await sql`begin`;
  await writeLog(sql, 7);
  await expect.poll(held, { timeout: 10_000 }).toBeGreaterThan(0);
  await expect.poll(lines, { timeout: 15_000 }).toMatchObject([{ level: 40, heldFor: expect.any(Number) }]);
  await sql`rollback`;
  await expect.poll(lines, { timeout: 10_000 }).toHaveLength(2);
  expect(await held()).toBe(0);
  expect((await fetch(new URL('/health/ready', gateway.url))).status).toBe(200);
});
