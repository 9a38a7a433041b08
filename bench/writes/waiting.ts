import type { Sql } from 'postgres';
import { bodyOf, type Client } from '../support/client.js';
import { say, table } from '../support/report.js';
import { figure, median } from '../support/stats.js';
import { burki, burkiCall, session } from './inputs.js';
import { must, payloads, type Upserted, upsertBody } from './operations.js';
import type { Section, World } from './world.js';

const UPSERTS_A_ROUND = 100;
/** About the same, and room for what the machine does beside it. */
const MOST = 1.5;

/** The same upsert in an organization with so many waiting events, and in one with none. */
export async function measureWaiting(world: World, waiting: number): Promise<Section> {
  const run = `${Date.now()}`;
  const [busy, quiet] = [await world.clientOf(`waiting-${run}`), await world.clientOf(`quiet-${run}`)];
  for (const { client } of [busy, quiet]) await createRule(client);
  await addWaiting(world.sql, busy.organizationId, waiting);
  must((await countWaiting(busy.client)) === waiting, `${waiting} events wait`);

  const times = { busy: [] as number[], quiet: [] as number[] };
  for (let round = -1; round < world.rounds; round += 1) {
    const found = { busy: [] as number[], quiet: [] as number[] };
    for (let index = 0; index < UPSERTS_A_ROUND; index += 1) {
      const body = upsertBody(newCall(`${run}-${round}-${index}`));
      for (const side of index % 2 === 0 ? (['busy', 'quiet'] as const) : (['quiet', 'busy'] as const)) {
        const { client } = side === 'busy' ? busy : quiet;
        const { data, milliseconds } = await client.ask<Record<string, Upserted>>(body);
        must(payloads([data])[0]?.created === true, 'the call is new');
        found[side].push(milliseconds);
      }
    }
    // The first round warms up.
    if (round < 0) continue;
    times.busy.push(median(found.busy));
    times.quiet.push(median(found.quiet));
    say(`upsert beside ${waiting} waiting events, round ${round + 1} of ${world.rounds}`);
  }
  must((await countWaiting(busy.client)) === waiting, 'none of these calls is what an event waits for');
  await checkAdmission(busy.client, waiting);

  const [slow, fast] = [median(times.busy), median(times.quiet)];
  const ratio = slow / fast;
  const text = [
    `One upsertCall after another, in an organization with ${waiting.toLocaleString('en-US')} waiting events, half of ` +
      'them by sessionId and half by a match rule, and in one with none.',
    table(
      ['', 'none waiting, ms', 'waiting, ms', 'ratio', 'verdict'],
      [['upsertCall', figure(fast), figure(slow), figure(ratio), ratio <= MOST ? 'pass' : 'FAIL']],
    ),
  ].join('\n\n');
  const missed = ratio <= MOST ? [] : [`an upsert beside ${waiting} waiting events takes ${figure(ratio)} ×`];
  return { text, data: { waiting, ratio, times }, missed };
}

const newCall = (value: string) => ({
  ...burkiCall(value),
  references: [burki(value), session(`session-${value}`)],
});

async function createRule(client: Client): Promise<void> {
  const query = `mutation {
    createMatchRule(input: { name: "caller", metadataPath: ["caller"], callField: CUSTOMER_NUMBER }) {
      matchRule { id } errors { code message path }
    }
  }`;
  payloads([(await client.ask<Record<string, { errors: [] }>>(bodyOf({ query }))).data]);
}

/** As recordCallEvent leaves events that find no call. */
async function addWaiting(sql: Sql, organizationId: string, waiting: number): Promise<void> {
  await sql`
    insert into call_events (organization_id, id, event_id, actor, target, session_id, reference_system, reference_name,
      reference_value, event_time, arrival, metadata, match, created_at)
    select ${organizationId}, new_uuid(), 'event-' || n, 'bench', case when n % 2 = 0 then 'SESSION' else 'RULES' end,
      name, case when name is not null then 'CREOVAI' end, case when name is not null then 'sessionId' end, name, now(),
      next_patch_arrival(),
      jsonb_build_object('sentiment', 'neutral', 'event_number', n)
        || case when name is null then jsonb_build_object('caller', '+1212' || 5000000 + n) else '{}' end,
      'PENDING', now()
    from generate_series(0, ${waiting - 1}::int) n
    cross join lateral (select case when n % 2 = 0 then 'lost-' || n end as name) derived`;
  await sql`select keep_waiting_values(${organizationId}, null, null)`;
  await sql`vacuum (analyze) call_events, waiting_values`;
}

async function countWaiting(client: Client): Promise<number> {
  const query = '{ callEvents(filter: { match: [PENDING] }) { totalCount } }';
  const { data } = await client.ask<{ callEvents: { totalCount: number } }>(bodyOf({ query }));
  return data.callEvents.totalCount;
}

/** The events do wait for something: a call that is what two of them wait for gets both. */
async function checkAdmission(client: Client, waiting: number): Promise<void> {
  const input = { ...burkiCall('expected'), from: '+12125000001', references: [session('lost-0')] };
  const { data } = await client.ask<Record<string, Upserted>>(upsertBody({ ...input, startedAt: null }));
  payloads([data]);
  must((await countWaiting(client)) === waiting - 2, 'the call that two events wait for gets both');
}
