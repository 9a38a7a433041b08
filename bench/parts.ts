import type { Sql } from 'postgres';
import { changeQueries } from '../src/changes/change.queries.js';
import { openDatabase } from '../src/db/database.js';
import { liveQueries } from '../src/live/live.queries.js';
import { type Lifetime, runProgram } from './support/lifetime.js';
import { readOptions } from './support/options.js';
import { type BenchServer, connect, openServer } from './support/postgres.js';
import { say, surroundings, table, writeReport } from './support/report.js';
import { figure, median } from './support/stats.js';

const options = readOptions({
  calls: 10_000,
  /** Of each call, spread over the parts. */
  changes: 12,
  /** Of each operation in a round, and rounds in turns. */
  times: 200,
  rounds: 8,
  /** Only shows the tables, and leaves the README and the results as they are. */
  dry: false,
});
/** Parts of the log: without RETAIN_LOG, with it, and the most that Postgres was tried with. */
const PARTS = [1, 6, 16] as const;

await runProgram(async (lifetime) => {
  const server = await openServer(lifetime);
  const sides = [];
  for (const parts of PARTS) {
    say(`loading a log of ${parts} parts`);
    sides.push(await loadSide(lifetime, server, parts));
  }
  const found = new Map<string, number[][]>();
  for (let round = -1; round < options.rounds; round += 1) {
    const inTurns = round % 2 === 0 ? sides : sides.toReversed();
    for (const name of Object.keys(sides[0]?.operations ?? {})) {
      for (const { parts, operations } of inTurns) {
        const began = performance.now();
        for (let n = 0; n < options.times; n += 1) await operations[name]?.(round * options.times + n);
        const each = (performance.now() - began) / options.times;
        // The first round warms up.
        if (round >= 0) {
          const ofName = found.get(name) ?? PARTS.map(() => []);
          ofName[PARTS.indexOf(parts)]?.push(each);
          found.set(name, ofName);
        }
      }
    }
    say(`round ${round + 1} of ${options.rounds}`);
  }
  const pruned = [];
  for (const parts of [1, 6] as const) pruned.push(await pruning(lifetime, server, parts));
  const where = surroundings(server.version);
  const text = [
    `${options.calls.toLocaleString('en-US')} calls with ${options.changes} changes each, spread over the parts; each operation ${options.times} times in each of ` +
      `${options.rounds} rounds in turns, medians in ms, and in brackets the median of the ratios to one part. ` +
      `Node ${where.node}, PostgreSQL ${where.postgres}, ${where.cores} cores, ${where.date}.`,
    table(
      ['', ...PARTS.map((parts) => `${parts} ${parts === 1 ? 'part' : 'parts'}`)],
      [...found].map(([name, sides]) => [
        name,
        ...sides.map((side) => {
          const ratios = side.map((each, round) => each / (sides[0]?.[round] ?? 1));
          return `${figure(median(side))} (${figure(median(ratios))})`;
        }),
      ]),
    ),
    table(
      ['pruning', 'ms a row', 'bytes of write-ahead log a row', 'MB of the log left', 'ms to drop it'],
      pruned.map(({ name, ms, wal, left, drop }) => [
        name,
        figure(ms),
        figure(wal),
        figure(left),
        drop === null ? '' : figure(drop),
      ]),
    ),
  ].join('\n\n');
  if (options.dry) console.log(text);
  else await writeReport({ name: 'parts', text, data: { ...where, options, found: [...found], pruned } });
  return true;
});

async function loadLog(lifetime: Lifetime, server: BenchServer, name: string, parts: number) {
  const url = await server.createDatabase(name);
  const sql = connect(lifetime, url, 1);
  const [row] = await sql<{ id: string }[]>`
    insert into organizations (organization_id, slug, name) values (new_uuid(), 'parts', 'parts') returning organization_id as id`;
  const organization = row?.id ?? '';
  await sql`
    insert into calls (organization_id, id, direction, status, tags, metadata, flow_revision, revision, change_label, created_at,
      updated_at)
    select ${organization}, new_uuid(), 'UNKNOWN', 'UNKNOWN', '{}', '{}', 0, 1, 0, now(), now()
    from generate_series(1, ${options.calls}::integer)`;
  // The spare and the present part, if there are any, are two of them.
  const turns = Math.max(0, parts - 2);
  for (let change = 0; change < options.changes; change += 1) {
    for (let turn = turnsBy(change, turns); turn < turnsBy(change + 1, turns); turn += 1) await turnLog(sql);
    await sql`
      insert into call_changes (organization_id, label, seq, id, call_id, kind, actor, revision, patch, effective_at, arrival,
        old_values, new_values, recorded_at)
      select ${organization}, call_change_epoch_start() + 1, nextval('call_change_seq'), new_uuid(), id, 'METADATA_MERGED', 'bench',
        ${change}::integer, p.patch, now(), ${change}::integer, '{}', jsonb_build_object('metadata', p.patch), now()
      from calls cross join lateral (select jsonb_build_object('step', ${change}::integer, 'ticket', id) as patch) p order by id`;
  }
  await sql`vacuum analyze`;
  return { url, sql, organization };
}

/** How many parts have begun before so many changes. */
function turnsBy(change: number, turns: number): number {
  return Math.ceil((change * turns) / options.changes);
}

async function turnLog(sql: Sql): Promise<void> {
  for (let step = ''; step !== 'BEGUN'; ) {
    const [row] = await sql<{ step: string }[]>`select advance_log_part(interval '0') as step`;
    step = row?.step ?? '';
  }
}

async function loadSide(lifetime: Lifetime, server: BenchServer, parts: (typeof PARTS)[number]) {
  const { url, sql, organization } = await loadLog(lifetime, server, `parts_${parts}`, parts);
  const database = await openDatabase({ url, poolSize: 2 });
  lifetime.whenOver(() => database.close());
  const ids = (await sql<{ id: string }[]>`select id from calls order by id`).map(({ id }) => id);
  const some = (n: number, count: number) => {
    const from = Math.abs(n * 37) % (ids.length - count);
    return ids.slice(from, from + count);
  };
  const [history, live] = [changeQueries(database.db), liveQueries(database.db)];
  const [end] = await live.end.execute({ organization });
  const place = { organizations: [organization], labels: [end?.label], seqs: [end?.seq], limits: [200] };
  const page = { limit: 5, forward: true, after: null, before: null, filter: {} };
  const operations: Record<string, (n: number) => Promise<unknown>> = {
    'a merge': (n) =>
      sql`select from merge_call_metadata(${organization}, ${some(n, 1)[0] ?? ''}, null, null, null, ${sql.json({ [`key ${n % 9}`]: n })}, null, 262144,
        new_uuid(), 'bench')`,
    'newest changes of a call': (n) => history.pages(organization, some(n, 1), page, null),
    'newest changes of 20 calls': (n) => history.pages(organization, some(n, 20), page, null),
    'number of changes of 20 calls': (n) => history.counts(organization, some(n, 20), {}),
    'the ledger of a call': (n) => sql`select from call_ledger(${organization}, ${some(n, 1)})`,
    'live: nothing new': () => live.newChanges.execute({ ...place, least: end?.label }),
  };
  return { parts, operations };
}

/** All of the log, in steps without pauses; with parts, all but the present one. */
async function pruning(lifetime: Lifetime, server: BenchServer, parts: 1 | 6) {
  const { sql, organization } = await loadLog(lifetime, server, `pruned_${parts}`, parts);
  if (parts > 1) {
    await turnLog(sql);
    await sql`select prune_log(${organization}, now(), 1)`;
  }
  await sql`checkpoint`;
  const at = async () =>
    (await sql<{ lsn: number }[]>`select (pg_current_wal_insert_lsn() - '0/0')::float8 as lsn`)[0]?.lsn ?? 0;
  const [from, began] = [await at(), performance.now()];
  let rows = 0;
  for (let step = 1; step > 0; rows += step) {
    const [row] = await sql<{ rows: number }[]>`select prune_log(${organization}, now(), 500) as rows`;
    step = row?.rows ?? 0;
  }
  const ms = (performance.now() - began) / rows;
  const wal = ((await at()) - from) / rows;
  let drop: number | null = null;
  if (parts > 1) {
    const dropping = performance.now();
    let dropped = 0;
    for (let isDropped = true; isDropped; dropped += 1) {
      const [row] = await sql<{ is_dropped: boolean }[]>`select drop_log_part() as is_dropped`;
      isDropped = row?.is_dropped ?? false;
    }
    drop = (performance.now() - dropping) / dropped;
  }
  await sql`vacuum call_changes`;
  const [size] = await sql<{ left: number }[]>`
    select (sum(pg_total_relation_size(relid)) / 1e6)::float8 as left from pg_partition_tree('call_changes')`;
  const name = parts === 1 ? 'by deleting rows, then vacuumed' : 'by parts';
  return { name, ms, wal, left: size?.left ?? 0, drop };
}
