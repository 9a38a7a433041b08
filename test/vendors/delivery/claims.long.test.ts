import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { openWorld, type World } from '../../faults/world.js';
import { numbers } from '../../support/numbers.js';

const MOST = 64;
const CLAIMS = 15;

test.each<[string, (table: Backlog) => Promise<void>, number]>([
  [
    '100 accounts with 1,000 deliveries each',
    (table) => table.insert({ accounts: 100, lanes: 100, each: 10 }),
    MOST,
  ],
  ['20,000 calls with a delivery each', (table) => table.insert({ lanes: 20_000 }), 4],
  ['a call with 20,000 events', (table) => table.insert({ each: 20_000 }), 1],
  [
    'a call with 20,000 events behind one that waits, and another',
    async (table) => {
      await table.insert({ each: 20_000 });
      await table.sql`update deliveries set state = 'RETRYING', next_attempt_at = now() + interval '1 hour'
        where position = (select min(position) from deliveries)`;
      await table.insert({ each: 50, lane: 'other' });
    },
    1,
  ],
  [
    '200 calls with 100 events behind a DEAD one each, and another',
    async (table) => {
      await table.insert({ lanes: 200, each: 100 });
      await table.sql`update deliveries set state = 'DEAD'
        where position in (select min(position) from deliveries group by lane)`;
      await table.insert({ each: 50, lane: 'other' });
    },
    1,
  ],
  [
    '20,000 deliveries that are to be tried again later, and another call',
    async (table) => {
      await table.insert({ lanes: 20_000 });
      await table.sql`update deliveries set state = 'RETRYING', next_attempt_at = now() + interval '1 hour'`;
      await table.insert({ each: 50, lane: 'other' });
    },
    1,
  ],
])('a claim does not look at all that waits, with %s', async (name, fill, claimed) => {
  const world = await openWorld();
  const { sql } = world;
  const table = await Backlog.of(world);
  await fill(table);
  await sql`analyze deliveries`;
  // The first ones hold what waits behind others.
  const first = await claim(world);
  await settle(world, first.rows);
  const times: number[] = [];
  const blocks: number[] = [];
  for (const _ of numbers(CLAIMS)) {
    const { rows, milliseconds, read, sequential } = await claim(world);
    expect(rows).toHaveLength(claimed);
    expect(sequential, 'sequential scans of deliveries').toBe(0);
    times.push(milliseconds);
    blocks.push(read);
    await settle(world, rows);
  }
  console.log(
    `${name}: first claim ${first.milliseconds.toFixed(0)} ms, then ${middle(times).toFixed(1)} ms and ${middle(blocks)} blocks for ${claimed}`,
  );
  expect(middle(blocks)).toBeLessThan(5_000 + 100 * claimed);
});

/** Events of an organization's accounts, in lanes of their own. */
class Backlog {
  private constructor(
    readonly sql: World['sql'],
    private readonly organization: string,
  ) {}

  static async of({ sql }: World): Promise<Backlog> {
    const [row] = await sql`select organization_id from organizations where slug = 'acme'`;
    return new Backlog(sql, row?.organization_id);
  }

  async insert({ accounts = 1, lanes = 1, each = 1, lane = 'lane' }): Promise<void> {
    const { sql, organization } = this;
    await sql`
      insert into vendor_accounts (organization_id, id, system, name, base_url, settings, sends, receives, kinds, concurrency,
        base_rate, rate, tokens_at, created_at, updated_at)
      select ${organization}, md5('account ' || a)::uuid, 'CREOVAI', 'account ' || a, '', '{}', true, true, '{EVENT}', 4,
        1e6, 1e6, now() - interval '1 minute', now(), now()
      from generate_series(1, ${accounts}::integer) a on conflict do nothing`;
    await sql`
      insert into deliveries (organization_id, id, account_id, lane, kind, state, priority, next_attempt_at, created_at,
        updated_at)
      select ${organization}, gen_random_uuid(), md5('account ' || a)::uuid, md5(a || ${lane} || l)::uuid, 'EVENT', 'PENDING',
        1, now() - interval '1 second', now(), now()
      from generate_series(1, ${each}::integer) e, generate_series(1, ${lanes}::integer) l,
        generate_series(1, ${accounts}::integer) a
      order by e, l, a`;
  }
}

interface Claimed {
  rows: { organization_id: string; id: string; claim: string }[];
  milliseconds: number;
  /** Pages of all tables and indexes that were looked at. */
  read: number;
  sequential: number;
}

interface Explained {
  'QUERY PLAN': [
    { Plan: Record<'Shared Hit Blocks' | 'Shared Read Blocks', number>; 'Execution Time': number },
  ];
}

function claim({ sql }: World): Promise<Claimed> {
  return sql.begin(async (tx) => {
    const id = randomUUID();
    const [plan] = await tx`explain (analyze, buffers, format json)
      select from claim_deliveries(${id}, interval '1 hour', ${MOST})`;
    const [{ Plan, 'Execution Time': milliseconds }] = (plan as Explained)['QUERY PLAN'];
    const [scans] =
      await tx`select seq_scan::integer from pg_stat_xact_user_tables where relname = 'deliveries'`;
    const rows = await tx<
      Claimed['rows']
    >`select organization_id, id, claim from deliveries where claim = ${id}`;
    const read = Plan['Shared Hit Blocks'] + Plan['Shared Read Blocks'];
    return { rows: [...rows], milliseconds, read, sequential: scans?.seq_scan };
  }) as Promise<Claimed>;
}

async function settle({ sql }: World, rows: Claimed['rows']): Promise<void> {
  for (const { organization_id, id, claim } of rows) {
    await sql`select settle_delivery(${organization_id}, ${id}, ${claim}, 'DELIVERED', null, null, interval '0', 'OK',
      interval '1 day')`;
  }
}

const middle = (all: number[]) => all.toSorted((a, b) => a - b)[all.length >> 1] ?? 0;
