import { and, eq, inArray, type SQL, sql } from 'drizzle-orm';
import type { Difference } from '../changes/change-log.js';
import type { Transaction } from '../db/database.js';
import { callReferences } from '../db/tables/calls.js';
import { refuse } from '../refusal.js';
import type { ReferenceValue } from './call-target.js';

/** A reference as one text that no other reference has. */
export function referenceKey({ system, name, value }: ReferenceValue): string {
  return JSON.stringify([system, name, value]);
}

/** The references without repetitions, in the order given. */
export function distinctReferences<R extends ReferenceValue>(references: R[]): R[] {
  return [...new Map(references.map((reference) => [referenceKey(reference), reference])).values()];
}

/**
 * Holds these references for the rest of the transaction, known or not, so that nobody else gives one of them to a call
 * or begins to wait for one. In one order everywhere, before any call is locked: two that want the same never deadlock.
 */
export async function lockReferences(
  tx: Transaction,
  organizationId: string,
  references: ReferenceValue[],
): Promise<void> {
  const names = references.map((reference) => `${organizationId} ${referenceKey(reference)}`);
  await tx.execute(sql`
    select pg_advisory_xact_lock(wanted.key)
    from (select distinct hashtextextended(name, 0) as key from unnest(${sql.param(names)}::text[]) name order by key) wanted`);
}

/** Which of the references are known, and whose they are; read them behind their locks. */
export function knownReferences(tx: Transaction, organizationId: string, references: ReferenceValue[]) {
  return tx
    .select()
    .from(callReferences)
    .where(and(eq(callReferences.organizationId, organizationId), isOneOf(references)));
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
  if (added.length === 0) return { oldValues: {}, newValues: {} };
  const before = await referencesOf(tx, call.organizationId, call.id);
  const names = added.map(({ system, name, value }) => ({ system, name, value }));
  return { oldValues: { references: before }, newValues: { references: [...before, ...names] } };
}
