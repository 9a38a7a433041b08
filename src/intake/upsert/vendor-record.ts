import { isDeepStrictEqual } from 'node:util';
import { type SQL, sql } from 'drizzle-orm';
import type { Transaction } from '../../db/database.js';
import { isObject, type JsonObject } from '../../foundation/json-object.js';
import { withoutNulls } from '../../foundation/without-nulls.js';
import type { UpsertCall } from './upsert-call.js';

/** By call id: the top-level members of its metadata that others than the account have changed. */
export type OthersMembers = ReadonlyMap<string, ReadonlySet<string>>;

/** The calls must be locked. */
export async function readOthersMembers(
  tx: Transaction,
  organizationId: string,
  accountId: string | null,
  inputs: UpsertCall[],
  ids: string[],
): Promise<OthersMembers> {
  const members = new Map<string, Set<string>>();
  if (ids.length === 0 || !inputs.some(({ record, metadata }) => record && metadata)) return members;
  const rows = await tx.execute<{ call_id: string; member: string }>(sql`
    select distinct o.call_id, k.member
    from ${recordsOf(organizationId, ids)} o
    cross join lateral call_ledger(${organizationId}::uuid, array[o.id]) h
    cross join jsonb_object_keys(h.patch) k(member)
    where h.account_id is distinct from ${accountId}::uuid`);
  for (const { call_id, member } of rows) {
    members.set(call_id, (members.get(call_id) ?? new Set()).add(member));
  }
  return members;
}

/** The calls' records (id), with those that were joined into them, each with its call (call_id). */
export const recordsOf = (organizationId: string, callIds: string[]): SQL => sql`(
      select id, id as call_id from unnest(${sql.param(callIds)}::uuid[]) id
      union all
      select d.id, d.joined_into from calls d
      where d.organization_id = ${organizationId} and d.joined_into = any(${sql.param(callIds)}::uuid[])
    )`;

/**
 * The patch that makes the metadata what a vendor's record says, but for members that others have changed: the record may
 * be older than their change. A late one only adds members. Null if that is nothing.
 */
export function recordPatch(
  stored: JsonObject,
  record: JsonObject,
  others: ReadonlySet<string> = new Set(),
  isLate = false,
): JsonObject | null {
  const said = withoutNulls(record) as JsonObject;
  const changed = Object.keys(said).filter((key) => {
    if (!Object.hasOwn(stored, key)) return !others.has(key);
    return !isLate && !others.has(key) && !isDeepStrictEqual(stored[key], said[key]);
  });
  if (changed.length === 0) return null;
  return Object.fromEntries(
    changed.map((key) => [key, replacing(Object.hasOwn(stored, key) ? stored[key] : undefined, said[key])]),
  );
}

/** As a merge patch; without it, members that only `stored` has would stay. */
function replacing(stored: unknown, value: unknown): unknown {
  if (!isObject(stored) || !isObject(value)) return value;
  const removed = Object.keys(stored).filter((key) => !Object.hasOwn(value, key));
  return Object.fromEntries([
    ...removed.map((key) => [key, null]),
    ...Object.entries(value).map(([key, member]) => [
      key,
      replacing(Object.hasOwn(stored, key) ? stored[key] : undefined, member),
    ]),
  ]);
}
