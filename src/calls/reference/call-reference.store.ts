import { and, eq, sql } from 'drizzle-orm';
import { type Difference, NO_DIFFERENCE } from '../../changes/change-log.js';
import type { Transaction } from '../../db/database.js';
import { insertRows } from '../../db/insert-rows.js';
import { callReferences } from '../../db/tables/calls.js';
import { refuse } from '../../foundation/refusal.js';
import type { CallSystem } from '../call.enums.js';
import { sharedIntakeLock } from '../intake-lock.store.js';
import type { ReferenceValue } from './call-target.values.js';

export function referenceKey({ system, name, value }: ReferenceValue): string {
  return JSON.stringify([system, name, value]);
}

export function plainReference({ system, name, value }: ReferenceValue): ReferenceValue {
  return { system, name, value };
}

export function distinctReferences<R extends ReferenceValue>(references: R[]): R[] {
  return [...new Map(references.map((reference) => [referenceKey(reference), reference])).values()];
}

/** Locked until the commit: no other transaction can give one to a call or start to wait for one. */
export interface ClaimedReferences {
  known: (ReferenceValue & { callId: string })[];
  waiting: string[];
}

/** Postgres by default has shared memory for 64 locks per connection. */
const MOST_LOCKS = 500;

/**
 * A claim of so many must hold the intake lock exclusively, before all other locks. It then needs no locks of
 * references, because every claim holds the intake lock shared.
 */
export function isManyReferences(references: unknown[]): boolean {
  return references.length > MOST_LOCKS;
}

/**
 * Call it before any call is locked. Calls that wait for one of `others` keep waiting. `names` are of things that, like a
 * reference, belong to one call; they are locked only.
 */
export async function claimReferences(
  tx: Transaction,
  organizationId: string,
  references: ReferenceValue[],
  others: ReferenceValue[] = [],
  names: string[] = [],
): Promise<ClaimedReferences> {
  if (references.length === 0) return { known: [], waiting: [] };
  const all = [...references, ...others];
  if (!isManyReferences([...all, ...names])) {
    await lockReferences(tx, organizationId, [...all.map(referenceKey), ...names]);
  }
  const own = new Set(references.map(referenceKey));
  const requested = all.map((each) => ({ ...plainReference(each), own: own.has(referenceKey(each)) }));
  const found = await lookUp(tx, organizationId, requested);
  return {
    known: found.filter(({ waits }) => !waits),
    waiting: found.filter(({ waits }) => waits).map(({ callId }) => callId),
  };
}

/** Sorted, against deadlocks. The intake lock comes first, because an event may wait for one of the references. */
async function lockReferences(tx: Transaction, organizationId: string, names: string[]): Promise<void> {
  const own = names.map((name) => `${organizationId} ${name}`);
  await tx.execute(sql`
    select ${sharedIntakeLock(organizationId)}::text
    union all
    select pg_advisory_xact_lock(requested.key)::text
    from (select distinct hashtextextended(name, 0) as key from unnest(${sql.param(own)}::text[]) name order by key) requested`);
}

async function lookUp(
  tx: Transaction,
  organizationId: string,
  requested: (ReferenceValue & { own: boolean })[],
): Promise<(ReferenceValue & { callId: string; waits: boolean })[]> {
  type Row = { system: CallSystem; name: string; value: string; call_id: string; waits: boolean };
  const rows = await tx.execute<Row>(sql`
    with requested as (
      select * from jsonb_to_recordset(${JSON.stringify(requested)}::text::jsonb)
        w (system text, name text, value text, own boolean)
    )
    select r.system, r.name, r.value, r.call_id, false as waits
    from requested w join call_references r on r.organization_id = ${organizationId}
      and r.system = w.system and r.name = w.name and r.value = w.value
    union all
    select w.system, w.name, w.value, c.id, true
    from requested w join calls c on c.organization_id = ${organizationId} and w.own
      and c.parent_system = w.system and c.parent_name = w.name and c.parent_value = w.value and c.parent_value is not null`);
  return rows.map(({ call_id: callId, ...row }) => ({ ...row, callId }));
}

export type GivenReference = ReferenceValue & { path: string[] };

/** @throws Refusal REFERENCE_CONFLICT if several calls have the references */
export function ownerOf(
  known: (ReferenceValue & { callId: string })[],
  given: GivenReference[],
  expected: string | null = null,
): string | null {
  const owners = new Map(known.map((reference) => [referenceKey(reference), reference.callId]));
  let owner = expected;
  for (const reference of given) {
    const callId = owners.get(referenceKey(reference)) ?? owner;
    if (owner !== null && callId !== owner) {
      const { system, name, value } = reference;
      const message = `${system} ${name} ${value} belongs to another call`;
      // Without a call yet, a reference before it has found one.
      const calls = [owner, callId].filter((id) => id !== null);
      refuse('REFERENCE_CONFLICT', message, reference.path, {}, { calls });
    }
    owner = callId;
  }
  return owner;
}

/** The references must be locked and belong to no call. */
export function insertReferences(
  tx: Transaction,
  organizationId: string,
  callId: string,
  references: ReferenceValue[],
): Promise<void> {
  const rows = references.map((reference) => ({ callId, ...plainReference(reference) }));
  return insertRows(tx, callReferences, organizationId, rows);
}

function referencesOf(tx: Transaction, organizationId: string, callId: string) {
  const { system, name, value } = callReferences;
  return tx
    .select({ system, name, value })
    .from(callReferences)
    .where(and(eq(callReferences.organizationId, organizationId), eq(callReferences.callId, callId)))
    .orderBy(callReferences.position);
}

export function unknownOf(given: GivenReference[], known: ReferenceValue[]): GivenReference[] {
  const keys = new Set(known.map(referenceKey));
  return given.filter((reference) => !keys.has(referenceKey(reference)));
}

/** Call it before the references are inserted. */
export async function referenceDifference(
  tx: Transaction,
  call: { organizationId: string; id: string },
  added: ReferenceValue[],
): Promise<Difference> {
  if (added.length === 0) return NO_DIFFERENCE;
  const before = await referencesOf(tx, call.organizationId, call.id);
  return {
    oldValues: { references: before },
    newValues: { references: [...before, ...added.map(plainReference)] },
  };
}

/** Requires the exclusive intake lock, which holds back every claim. */
export async function moveReferences(
  tx: Transaction,
  organizationId: string,
  from: string,
  to: string,
): Promise<Difference> {
  const before = await referencesOf(tx, organizationId, to);
  const moved = await tx
    .update(callReferences)
    .set({ callId: to })
    .where(and(eq(callReferences.organizationId, organizationId), eq(callReferences.callId, from)))
    .returning({ id: callReferences.callId });
  if (moved.length === 0) return NO_DIFFERENCE;
  const after = await referencesOf(tx, organizationId, to);
  return { oldValues: { references: before }, newValues: { references: after } };
}
