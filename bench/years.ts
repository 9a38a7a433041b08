import { readdir } from 'node:fs/promises';
import type { Sql } from 'postgres';
import { openDatabase } from '../src/db/database.js';
import { Retention } from '../src/retention/retention.service.js';
import type { RetentionDays } from '../src/retention/retention.values.js';
import { ORGANIZATION } from './scale/dataset.js';
import { loadDatabase } from './scale/load.js';
import { askAll, openClient } from './support/client.js';
import { startGateway } from './support/gateway.js';
import { runProgram } from './support/lifetime.js';
import { readOptions } from './support/options.js';
import { connect, openServer } from './support/postgres.js';
import { say, surroundings, table, writeReport } from './support/report.js';
import { figure, median } from './support/stats.js';
import { usageOf } from './support/usage.js';
import { burki, burkiCall, chunked, series } from './writes/inputs.js';
import { mergeBody, must, payloads, type Upserted, upsertsBody } from './writes/operations.js';

const options = readOptions({
  /** Calls of the organization, and as many of others. */
  calls: 300_000,
  /** Old changes of each of the organization's calls, every second one a patch. */
  changes: 3,
  /** Merges in each measurement, and rounds of them. */
  merges: 3_000,
  rounds: 6,
  connections: 16,
  /** Only shows the tables, and leaves the README and the results as they are. */
  dry: false,
});

const NEVER: RetentionDays = {
  events: null,
  deliveries: null,
  messages: null,
  bodies: null,
  keys: null,
  log: null,
  calls: null,
};
const CHUNK = 20_000;

await runProgram(async (lifetime) => {
  const server = await openServer(lifetime);
  const url = await server.createDatabase('years');
  say(`loading twice ${options.calls} calls`);
  await loadDatabase(lifetime, url, { calls: options.calls });
  const gateway = await startGateway(lifetime, url, ORGANIZATION);
  const sql = connect(lifetime, url, 1);
  const [row] = await sql<
    { id: string }[]
  >`select organization_id as id from organizations where slug = ${ORGANIZATION}`;
  const organization = row?.id ?? '';
  say(`loading ${options.calls * options.changes} old changes`);
  await loadChanges(sql, organization);
  const before = await sizeOf(sql);
  const client = openClient(lifetime, gateway, options.connections);
  const database = await openDatabase({ url, poolSize: 2 });
  lifetime.whenOver(() => database.close());

  const sides = { without: [] as Side[], with: [] as Side[] };
  for (let round = -1; round < options.rounds; round += 1) {
    const values = series(`years-${round}-${Date.now()}`, options.merges);
    for (const some of chunked(values.map(burkiCall), 500)) {
      const { data } = await client.ask<Record<string, Upserted[]>>(upsertsBody(some));
      must(payloads([data]).length === some.length, 'the calls are there');
    }
    for (const side of round % 2 === 0 ? (['without', 'with'] as const) : (['with', 'without'] as const)) {
      const bodies = values.map((value) =>
        mergeBody({ reference: burki(value) }, { [`${side} ${round}`]: value }),
      );
      const found = await measure(sql, gateway.pid, database, side === 'with', () => askAll(client, bodies));
      // The first round warms up.
      if (round >= 0) sides[side].push(found);
    }
    say(`merges without and with pruning, round ${round + 1} of ${options.rounds}`);
  }
  const alone = await pruneAlone(sql, organization);
  await sql`vacuum (analyze) call_changes`;
  await sql`vacuum (analyze) checkpoint_patches`;
  await sql`vacuum (analyze) call_checkpoints`;
  const after = await sizeOf(sql);

  const of = (side: Side[], what: keyof Side) => median(side.map((each) => each[what]));
  const ratio = (what: keyof Side) => of(sides.with, what) / of(sides.without, what);
  const where = surroundings(server.version);
  const text = [
    `${options.calls.toLocaleString('en-US')} calls of the organization and as many of others, with ${options.changes} old changes each; ` +
      `${options.merges} merges on ${options.connections} connections in each of ${options.rounds} rounds in turns, medians. ` +
      `Node ${where.node}, PostgreSQL ${where.postgres}, ${where.cores} cores, ${where.date}.`,
    table(
      ['', 'without pruning', 'with', 'ratio'],
      [
        [
          'merges a second',
          figure(of(sides.without, 'rate')),
          figure(of(sides.with, 'rate')),
          figure(ratio('rate')),
        ],
        [
          'processor time of a merge, ms',
          figure(of(sides.without, 'cpu')),
          figure(of(sides.with, 'cpu')),
          figure(ratio('cpu')),
        ],
        ['rows pruned a second meanwhile', '', figure(of(sides.with, 'pruned')), ''],
      ],
    ),
    `Alone and without pauses: ${figure(alone.rows / alone.seconds)} rows a second, ${figure((1_000 * alone.cpu) / alone.rows)} ms of Postgres' processor time a row.`,
    table(
      ['', 'before', 'after'],
      [
        ['log, MB', figure(before.log), figure(after.log)],
        ['checkpoints, MB', figure(before.checkpoints), figure(after.checkpoints)],
      ],
    ),
  ].join('\n\n');
  if (options.dry) console.log(text);
  else await writeReport({ name: 'years', text, data: { ...where, options, sides, alone, before, after } });
  return true;
});

interface Side {
  rate: number;
  cpu: number;
  pruned: number;
}

/** Changes of years ago, in the order of their calls: what a client changed, every second time the metadata. */
async function loadChanges(sql: Sql, organization: string): Promise<void> {
  await sql`create temp table old_calls as
    select id, row_number() over (order by id) as n from calls where organization_id = ${organization}`;
  await sql`create index on old_calls (n)`;
  for (let first = 1; first <= options.calls; first += CHUNK) {
    await sql.begin(async (tx) => {
      await tx`set local session_replication_role = replica`;
      await tx`
        insert into call_changes (organization_id, label, seq, id, call_id, kind, actor, revision, patch, effective_at, arrival,
          old_values, new_values, recorded_at)
        select ${organization}, 1, nextval('call_change_seq'), gen_random_uuid(), c.id,
          case when k % 2 = 0 then 'METADATA_MERGED' else 'UPDATED' end, 'bench', k,
          case when k % 2 = 0 then p.patch end, t.at, case when k % 2 = 0 then c.n * 100 + k end,
          '{}', case when k % 2 = 0 then jsonb_build_object('metadata', p.patch) else '{"status": "COMPLETED"}' end, t.at
        from old_calls c cross join generate_series(1, ${options.changes}::integer) k
        cross join lateral (select timestamptz '2020-01-01' + make_interval(secs => (c.n * 100 + k)::float8) as at) t
        cross join lateral (
          select jsonb_build_object('step', k, 'ticket', jsonb_build_object('id', 'TICKET-' || c.n, 'queue', 'queue-' || k),
            'outcome', 'appointment_scheduled') as patch
        ) p
        where c.n between ${first} and ${first + CHUNK - 1}
        order by c.n, k`;
    });
  }
  await sql`drop table old_calls`;
  await sql`vacuum (analyze) call_changes`;
}

async function measure(
  sql: Sql,
  gateway: number,
  database: Awaited<ReturnType<typeof openDatabase>>,
  isPruning: boolean,
  traffic: () => Promise<{ answers: unknown[]; seconds: number }>,
): Promise<Side> {
  let pruned = 0;
  const retention = new Retention({
    database,
    days: { ...NEVER, log: 365 },
    pruned: ({ log = 0 }) => {
      pruned += log;
    },
    failed: (error) => say(String(error)),
  });
  await sql`update retention set claim = null, claimed_until = null, due_at = now()`;
  const before = await cpuOf(sql, gateway);
  const round = isPruning ? retention.round() : Promise.resolve();
  const { answers, seconds } = await traffic();
  await retention.close();
  await round;
  const after = await cpuOf(sql, gateway);
  const cpu = [...after].reduce((sum, [pid, used]) => sum + used - (before.get(pid) ?? 0), 0);
  return { rate: answers.length / seconds, cpu: (1_000 * cpu) / answers.length, pruned: pruned / seconds };
}

/** Of the gateway, of this process, which prunes, and of all processes of Postgres. */
async function cpuOf(sql: Sql, gateway: number): Promise<Map<number, number>> {
  const rows = await sql<{ pid: number }[]>`select pid from pg_stat_activity`;
  const running = new Set((await readdir('/proc')).map(Number));
  const pids = [gateway, ...rows.map(({ pid }) => pid)].filter((pid) => running.has(pid));
  return new Map(await Promise.all(pids.map(async (pid) => [pid, (await usageOf(pid)).cpu] as const)));
}

/** What is left, at most 100,000 rows, in the steps of the gateway but without its pauses. */
async function pruneAlone(sql: Sql, organization: string) {
  const [own] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
  const pid = own?.pid ?? 0;
  const [cpu, began] = [(await usageOf(pid)).cpu, performance.now()];
  let rows = 0;
  for (let step = 1; step > 0 && rows < 100_000; rows += step) {
    const [row] = await sql<{ rows: number }[]>`
      select prune_log(${organization}::uuid, now() - interval '365 days', 500) as rows`;
    step = row?.rows ?? 0;
  }
  return { rows, seconds: (performance.now() - began) / 1_000, cpu: (await usageOf(pid)).cpu - cpu };
}

async function sizeOf(sql: Sql) {
  const [row] = await sql<{ log: number; checkpoints: number }[]>`
    select (select sum(pg_total_relation_size(relid)) / 1e6 from pg_partition_tree('call_changes'))::float8 as log,
      ((pg_total_relation_size('call_checkpoints') + pg_total_relation_size('checkpoint_patches')) / 1e6)::float8 as checkpoints`;
  return row ?? { log: 0, checkpoints: 0 };
}
