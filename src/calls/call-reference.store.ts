import { and, eq, inArray, isNotNull, type SQL, sql } from 'drizzle-orm';
import { type Difference, NO_DIFFERENCE } from '../changes/change-log.js';
import type { Transaction } from '../db/database.js';
import { callReferences, calls } from '../db/tables/calls.js';
import { refuse } from '../refusal.js';
import type { ReferenceValue } from './call-target.js';

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
  await lockReferences(tx, organizationId, all);
  const [known, waiting] = await Promise.all([
    knownReferences(tx, organizationId, all),
    callsWaitingFor(tx, organizationId, references),
  ]);
  return { known, waiting };
}

/** In one order everywhere: two transactions that want the same references never deadlock. */
async function lockReferences(
  tx: Transaction,
  organizationId: string,
  references: ReferenceValue[],
): Promise<void> {
  const names = references.map((reference) => `${organizationId} ${referenceKey(reference)}`);
  await tx.execute(sql`
    select pg_advisory_xact_lock(wanted.key)
    from (select distinct hashtextextended(name, 0) as key from unnest(${sql.param(names)}::text[]) name order by key) wanted`);
}

function knownReferences(tx: Transaction, organizationId: string, references: ReferenceValue[]) {
  return tx
    .select()
    .from(callReferences)
    .where(and(eq(callReferences.organizationId, organizationId), isOneOf(references)));
}

async function callsWaitingFor(tx: Transaction, organizationId: string, references: ReferenceValue[]) {
  const { parentSystem, parentName, parentValue } = calls;
  const named = references.map(({ system, name, value }) => sql`(${system}, ${name}, ${value})`);
  const rows = await tx
    .select({ id: calls.id })
    .from(calls)
    .where(
      and(
        eq(calls.organizationId, organizationId),
        inArray(sql`(${parentSystem}, ${parentName}, ${parentValue})`, named),
        isNotNull(parentValue),
      ),
    );
  return rows.map(({ id }) => id);
}

function isOneOf(references: ReferenceValue[]): SQL | undefined {
  const { system, name, value } = callReferences;
  const rows = references.map(
    (reference) => sql`(${reference.system}, ${reference.name}, ${reference.value})`,
  );
  return inArray(sql`(${system}, ${name}, ${value})`, rows);
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
export async function insertReferences(
  tx: Transaction,
  organizationId: string,
  callId: string,
  references: ReferenceValue[],
): Promise<void> {
  if (references.length === 0) return;
  await tx
    .insert(callReferences)
    .values(references.map(({ system, name, value }) => ({ organizationId, callId, system, name, value })));
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
