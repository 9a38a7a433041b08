import { and, eq, sql } from 'drizzle-orm';
import { type Difference, NO_DIFFERENCE } from '../changes/change-log.js';
import type { Transaction } from '../db/database.js';
import { insertRows } from '../db/insert-rows.js';
import { callReferences } from '../db/tables/calls.js';
import { refuse } from '../refusal.js';
import type { CallSystem } from './call.enums.js';
import type { ReferenceValue } from './call-target.js';
import { sharedIntakeLock } from './intake-lock.store.js';

/** A reference as one text that no other reference has. */
export function referenceKey({ system, name, value }: ReferenceValue): string {
  return JSON.stringify([system, name, value]);
}

/** A reference without what else is known of it. */
export function plainReference({ system, name, value }: ReferenceValue): ReferenceValue {
  return { system, name, value };
}

/** The references without repetitions, in the order given. */
export function distinctReferences<R extends ReferenceValue>(references: R[]): R[] {
  return [...new Map(references.map((reference) => [referenceKey(reference), reference])).values()];
}

/** References that this transaction holds, so that nobody else gives one of them to a call or begins to wait for one. */
export interface ClaimedReferences {
  /** Which of them are known, and whose they are. */
  known: (ReferenceValue & { callId: string })[];
  /** The calls that wait for one of those that were claimed for a call, as their parent. */
  waiting: string[];
}

/** Locks are kept in memory that all transactions share: Postgres has room for 64 for each connection by default. */
const MOST_LOCKS = 500;

/**
 * Whether so many references are claimed that their locks might be too many. A transaction that claims them takes the
 * intake's lock alone, before all others, and needs none of theirs: every claim of a reference holds a share of it.
 */
export function isManyReferences(references: ReferenceValue[]): boolean {
  return references.length > MOST_LOCKS;
}

/**
 * Locks the references, known or not, and then looks them up. `others` are not for the call that claims: who waits for
 * one of them goes on waiting. Comes before any call is locked.
 */
export async function claimReferences(
  tx: Transaction,
  organizationId: string,
  references: ReferenceValue[],
  others: ReferenceValue[] = [],
): Promise<ClaimedReferences> {
  if (references.length === 0) return { known: [], waiting: [] };
  const all = [...references, ...others];
  if (!isManyReferences(all)) await lockReferences(tx, organizationId, all);
  const own = new Set(references.map(referenceKey));
  const wanted = all.map((each) => ({ ...plainReference(each), own: own.has(referenceKey(each)) }));
  const found = await lookUp(tx, organizationId, wanted);
  return {
    known: found.filter(({ waits }) => !waits),
    waiting: found.filter(({ waits }) => waits).map(({ callId }) => callId),
  };
}

/**
 * In one order everywhere: two transactions that want the same references never deadlock. The intake's lock comes first,
 * for a transaction that names a call may bring one that an event waits for.
 */
async function lockReferences(
  tx: Transaction,
  organizationId: string,
  references: ReferenceValue[],
): Promise<void> {
  const names = references.map((reference) => `${organizationId} ${referenceKey(reference)}`);
  await tx.execute(sql`
    select ${sharedIntakeLock(organizationId)}::text
    union all
    select pg_advisory_xact_lock(wanted.key)::text
    from (select distinct hashtextextended(name, 0) as key from unnest(${sql.param(names)}::text[]) name order by key) wanted`);
}

/** Who has the references, and who waits for those of the claiming call; all in one parameter, for there may be many. */
async function lookUp(
  tx: Transaction,
  organizationId: string,
  wanted: (ReferenceValue & { own: boolean })[],
): Promise<(ReferenceValue & { callId: string; waits: boolean })[]> {
  type Row = { system: CallSystem; name: string; value: string; call_id: string; waits: boolean };
  const rows = await tx.execute<Row>(sql`
    with wanted as (
      select * from jsonb_to_recordset(${JSON.stringify(wanted)}::text::jsonb)
        w (system text, name text, value text, own boolean)
    )
    select r.system, r.name, r.value, r.call_id, false as waits
    from wanted w join call_references r on r.organization_id = ${organizationId}
      and r.system = w.system and r.name = w.name and r.value = w.value
    union all
    select w.system, w.name, w.value, c.id, true
    from wanted w join calls c on c.organization_id = ${organizationId} and w.own
      and c.parent_system = w.system and c.parent_name = w.name and c.parent_value = w.value and c.parent_value is not null`);
  return rows.map(({ call_id: callId, ...row }) => ({ ...row, callId }));
}

/** A reference and the path of the argument that gave it. */
export type GivenReference = ReferenceValue & { path: string[] };

/** The one call that has any of the references, or null; refuses with REFERENCE_CONFLICT when several calls do. */
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
      refuse('REFERENCE_CONFLICT', `${system} ${name} ${value} belongs to another call`, reference.path);
    }
    owner = callId;
  }
  return owner;
}

/** Gives locked, unknown references to a call, to be shown in this order. */
export function insertReferences(
  tx: Transaction,
  organizationId: string,
  callId: string,
  references: ReferenceValue[],
): Promise<void> {
  const rows = references.map((reference) => ({ callId, ...plainReference(reference) }));
  return insertRows(tx, callReferences, organizationId, rows);
}

/** A call's references in the order in which they came. */
function referencesOf(tx: Transaction, organizationId: string, callId: string) {
  const { system, name, value } = callReferences;
  return tx
    .select({ system, name, value })
    .from(callReferences)
    .where(and(eq(callReferences.organizationId, organizationId), eq(callReferences.callId, callId)))
    .orderBy(callReferences.position);
}

/** The references that no call has yet. */
export function unknownOf(given: GivenReference[], known: ReferenceValue[]): GivenReference[] {
  const keys = new Set(known.map(referenceKey));
  return given.filter((reference) => !keys.has(referenceKey(reference)));
}

/** What a log row shows of the references that a call is about to be given. */
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

/** Gives all references of one locked call to another; who claims any waits meanwhile for the intake's lock. */
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
