import { type SQL, sql } from 'drizzle-orm';
import { expect, vi } from 'vitest';
import type { Client, TestGateway } from '../support/gateway.js';

export async function organizationOf({ database }: TestGateway, client: Client): Promise<string> {
  const { viewer } = await client.ask('{ viewer { organization { slug } } }');
  const [row] = await database.db.execute<{ organization_id: string }>(
    sql`select organization_id from organizations where slug = ${viewer.organization.slug}`,
  );
  if (row === undefined) throw new Error('the organization was not found');
  return row.organization_id;
}

interface Waiting {
  organization: string;
  count: number;
  /** What they wait for; without it they have no target. */
  session?: string;
  /** Uuid. */
  group?: string;
  /** For event `n`, from 1; the times are in this order. */
  metadata: SQL;
}

/** Inserts events as recordCallEvent leaves them if they find no call. */
export async function addWaiting(
  { database }: Pick<TestGateway, 'database'>,
  { organization, count, session = '', group = '', metadata }: Waiting,
): Promise<void> {
  await database.db.execute(sql`
    insert into call_events (organization_id, id, actor, target, session_id, reference_system, reference_name,
      reference_value, group_id, event_time, arrival, metadata, match, created_at)
    select ${organization}::uuid, new_uuid(), 'sender', case when s is not null then 'SESSION'
      when g is not null then 'GROUP' else 'RULES' end, s, case when s is not null then 'CREOVAI' end,
      case when s is not null then 'sessionId' end, s, g, now() - interval '1 hour' + n * interval '1 ms',
      next_patch_arrival(), ${metadata}, 'PENDING', now()
    from generate_series(1, ${count}::int) n
    cross join (select nullif(${session}::text, '') s, nullif(${group}::text, '')::uuid g) named`);
}

/** Event n sets one of a hundred keys, and one key that all set. */
export const PLAIN = sql`jsonb_build_object('key' || n % 100, n, 'last', n)`;

/** The fold of the first `count`, at least a hundred. */
export function plainFold(count: number): Record<string, unknown> {
  const newest = (index: number) => count - ((count - index) % 100);
  const keys = Array.from({ length: 100 }, (_, index) => [`key${index}`, newest(index)]);
  return { ...Object.fromEntries(keys), last: count };
}

export async function countOf(client: Client, match: string): Promise<number> {
  const { callEvents } = await client.ask(
    'query ($match: [CallEventMatch!]) { callEvents(filter: { match: $match }) { totalCount } }',
    { match: [match] },
  );
  return callEvents.totalCount;
}

/** The number of rows in event_admissions. */
export async function causesLeft({ database }: Pick<TestGateway, 'database'>): Promise<number> {
  const [row] = await database.db.execute<{ total: number }>(
    sql`select count(*)::int as total from event_admissions`,
  );
  return row?.total ?? 0;
}

/** Resolves once all events are admitted. */
export const allLetIn = (gateway: Pick<TestGateway, 'database'>) =>
  vi.waitFor(async () => expect(await causesLeft(gateway)).toBe(0), { timeout: 110_000, interval: 50 });
