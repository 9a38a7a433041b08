import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Agent, request } from 'undici';
import { ORGANIZATION, OTHER } from './compare/dataset.js';
import { loadDatabase } from './compare/load.js';
import type { Orders, Outcomes } from './fairness/attacker.js';
import { attacksOn, type Target } from './fairness/attacks.js';
import { createKey, type GatewayProcess, PROJECT, startGateway } from './support/gateway.js';
import { type Lifetime, runProgram } from './support/lifetime.js';
import { readOptions } from './support/options.js';
import { type BenchServer, connect, openServer } from './support/postgres.js';
import { say, surroundings, table, writeReport } from './support/report.js';
import { figure } from './support/stats.js';

const options = readOptions({
  /** Calls of both organizations together. */
  calls: 40_000,
  /** Seconds of each measurement. */
  seconds: 6,
  /** Another built tree, to compare with. */
  baseline: '',
  /** Only the attacks whose names have this in them. */
  only: '',
  /** Only shows the table. */
  dry: false,
});

/** How many times its quiet p95 a bystander's may be. */
const MOST = 5;
/** Milliseconds between an answer to a bystander and its next request. */
const PAUSE = 20;
const WAITING = 15_000;
const CHILDREN = 400;
const RUN = fileURLToPath(new URL('./run.mjs', import.meta.url));

interface Side {
  gateway: GatewayProcess;
  /** The attacker's organization, and what it has. */
  token: string;
  target: Target;
  /** One with another organization, one with another key of the attacker's. */
  bystanders: Record<'other' | 'same', Bystander>;
}

interface Bystander {
  token: string;
  call: string;
}

interface Times {
  p50: number;
  p95: number;
  failed: number;
}

interface Row {
  attack: string;
  quiet: Record<keyof Side['bystanders'], Times>;
  under: Record<keyof Side['bystanders'], Times>;
  outcomes: Outcomes;
}

await runProgram(async (lifetime) => {
  const server = await openServer(lifetime);
  const after = await measured(lifetime, server, 'after', PROJECT);
  const before =
    options.baseline === '' ? null : await measured(lifetime, server, 'before', options.baseline);
  const ratios = (row: Row, who: keyof Row['quiet']) => row.under[who].p95 / row.quiet[who].p95;
  const shown = (row: Row | undefined, who: keyof Row['quiet']) => {
    if (row === undefined) return [];
    const { p50, p95, failed } = row.under[who];
    return [
      `${figure(p50)} / ${figure(p95)}`,
      `${figure(ratios(row, who))} ×`,
      failed === 0 ? '' : String(failed),
    ];
  };
  const rows = after.flatMap((row, index) =>
    (['other', 'same'] as const).map((who) => [
      `${row.attack}; ${who} organization`,
      `${figure(row.quiet[who].p50)} / ${figure(row.quiet[who].p95)}`,
      ...(before === null ? [] : shown(before[index], who)),
      ...shown(row, who),
    ]),
  );
  const columns = (what: string) => [`${what}, ms`, 'p95 to quiet', 'failed'];
  const head = ['attack', 'quiet, ms', ...(before === null ? [] : columns('before')), ...columns('under it')];
  const missed = after.flatMap((row) =>
    (['other', 'same'] as const)
      .filter((who) => ratios(row, who) > MOST || row.under[who].failed > 0)
      .map((who) => `${row.attack} (${who})`),
  );
  const where = surroundings(server.version);
  const text = [
    `A call by id of a bystander, p50 / p95, each ${PAUSE} ms after the last, while another key attacks for ${options.seconds} s; ` +
      `${options.calls.toLocaleString('en-US')} calls of two organizations. Node ${where.node}, PostgreSQL ${where.postgres}, ` +
      `${where.cores} cores, which the clients share, ${where.date}.`,
    missed.length === 0
      ? `**No bystander's p95 is more than ${MOST} times its quiet one.**`
      : `**Missed:** ${missed.join(', ')}.`,
    table(head, rows),
  ].join('\n\n');
  if (options.dry) console.log(text);
  else await writeReport({ name: 'fairness', text, data: { ...where, options, before, after } });
  return missed.length === 0;
});

async function measured(lifetime: Lifetime, server: BenchServer, name: string, tree: string): Promise<Row[]> {
  const url = await server.createDatabase(name);
  await loadDatabase(lifetime, url, { calls: options.calls });
  const gateway = await startGateway(lifetime, url, ORGANIZATION, {
    tree,
    nodeOptions: process.env.GW_PROF ? ['--cpu-prof', '--cpu-prof-dir', process.env.GW_PROF] : [],
    env: { LOG_LEVEL: process.env.GW_LOG ?? 'silent' },
  });
  const side = await prepared(lifetime, gateway, url, tree);
  const agent = new Agent({ connections: 4 });
  lifetime.whenOver(() => agent.destroy());
  await watch(side, agent, 3_000);
  const rows: Row[] = [];
  for (const attack of attacksOn(side.target)) {
    if (!attack.name.includes(options.only)) continue;
    const quiet = await watch(side, agent, options.seconds * 500);
    const { outcomes, times: under } = await attacked(lifetime, side, agent, attack.name);
    rows.push({ attack: attack.name, quiet, under, outcomes });
    say(
      `${name}, ${attack.name}: p95 ${figure(quiet.other.p95)} → ${figure(under.other.p95)} ms in another organization, ` +
        `${figure(quiet.same.p95)} → ${figure(under.same.p95)} ms in the same; failed ${under.other.failed}, ${under.same.failed}; ` +
        `${JSON.stringify(outcomes)}`,
    );
    await quietAgain(gateway);
    await settle(lifetime, url);
  }
  await gateway.stop();
  return rows;
}

async function prepared(
  lifetime: Lifetime,
  gateway: GatewayProcess,
  databaseUrl: string,
  tree: string,
): Promise<Side> {
  const keys = await Promise.all(
    [ORGANIZATION, OTHER].map((organization) => createKey(databaseUrl, organization, tree)),
  );
  const [same = '', other = ''] = keys;
  const ask = async (token: string, query: string, variables = {}) => {
    const { body } = await request(gateway.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables }),
    });
    // biome-ignore lint/suspicious/noExplicitAny: the shape follows from the document
    const { data, errors } = (await body.json()) as any;
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  };
  const callOf = async (token: string) =>
    (await ask(token, '{ calls(first: 1) { nodes { id } } }')).calls.nodes[0].id;
  const names = Array.from({ length: CHILDREN }, (_, index) => index);
  const reference = { system: 'OTHER', name: 'case', value: 'the parent' };
  const made = await ask(
    gateway.token,
    'mutation ($inputs: [UpsertCallInput!]!) { upsertCalls(inputs: $inputs) { call { id } errors { code } } }',
    {
      inputs: [
        { references: [reference] },
        ...names.map((index) => ({
          references: [{ ...reference, value: `child ${index}` }],
          parent: { reference },
          metadata: { index, note: 'n'.repeat(200) },
        })),
      ],
    },
  );
  const sql = connect(lifetime, databaseUrl, 1);
  await sql`
    insert into call_events (organization_id, id, event_id, actor, target, event_time, arrival, metadata, match, created_at)
    select organization_id, new_uuid(), 'waiting-' || n, 'bench', 'RULES', now(), next_patch_arrival(),
      jsonb_build_object('caller', '+1212' || 5000000 + n), 'PENDING', now()
    from generate_series(1, ${WAITING}::int) n, organizations where slug = ${ORGANIZATION}`;
  await sql`vacuum (analyze)`;
  await sql.end();
  return {
    gateway,
    token: gateway.token,
    target: { parent: made.upsertCalls[0].call.id, call: made.upsertCalls[1].call.id, run: `${Date.now()}` },
    bystanders: {
      other: { token: other, call: await callOf(other) },
      same: { token: same, call: await callOf(same) },
    },
  };
}

async function attacked(lifetime: Lifetime, side: Side, agent: Agent, attack: string) {
  const child = fork(RUN, ['fairness/attacker'], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    detached: true,
  });
  const exit = once(child, 'exit');
  lifetime.whenOver(async () => {
    if (child.connected) child.disconnect();
    await exit;
  });
  const { token, target, gateway } = side;
  const attacking = once(child, 'message');
  child.send({ url: gateway.url, token, target, attack } satisfies Orders);
  await attacking;
  await sleep(1_000);
  const times = await watch(side, agent, options.seconds * 1_000);
  const told = once(child, 'message') as Promise<[Outcomes]>;
  child.send('stop');
  const [outcomes] = await told;
  await exit;
  return { outcomes, times };
}

/** Both bystanders at once, each with one request after the other. */
async function watch({ gateway, bystanders }: Side, agent: Agent, milliseconds: number) {
  const began = performance.now();
  const one = async ({ token, call }: Bystander): Promise<Times> => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
    const body = JSON.stringify({
      query: 'query Watched($id: ID!) { call(id: $id) { id status metadata } }',
      variables: { id: call },
    });
    const times: number[] = [];
    let failed = 0;
    while (performance.now() - began < milliseconds) {
      const asked = performance.now();
      const status = await request(gateway.url, { dispatcher: agent, method: 'POST', headers, body }).then(
        async (answer) => {
          const text = await answer.body.text();
          return text.includes('"errors"') ? 0 : answer.statusCode;
        },
        () => 0,
      );
      times.push(performance.now() - asked);
      if (status !== 200) failed += 1;
      await sleep(PAUSE);
    }
    const sorted = times.toSorted((a, b) => a - b);
    const at = (share: number) =>
      sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
    return { p50: at(0.5), p95: at(0.95), failed };
  };
  const [other, same] = await Promise.all([one(bystanders.other), one(bystanders.same)]);
  return { other, same };
}

/** So that the next attack is not measured while Postgres still tidies up after the last one. */
async function settle(lifetime: Lifetime, databaseUrl: string): Promise<void> {
  const sql = connect(lifetime, databaseUrl, 1);
  await sql`vacuum (analyze)`;
  await sql`checkpoint`;
  await sql.end();
}

/** Waits until nothing of an attack is under way any more. */
async function quietAgain({ url }: GatewayProcess): Promise<void> {
  const metrics = new URL('/metrics', url);
  for (let waited = 0; waited < 60_000; waited += 100) {
    const text = await (await fetch(metrics)).text();
    const busy = /^switchboard_(?:requests_executing|requests_queued|database_pool_in_use) [1-9]/m.test(text);
    if (!busy) return;
    await sleep(100);
  }
}
