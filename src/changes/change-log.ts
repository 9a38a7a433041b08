import { isDeepStrictEqual } from 'node:util';
import { sql } from 'drizzle-orm';
import { mappedFor } from '../db/account.js';
import type { Transaction } from '../db/database.js';
import { columnsOf, rowsOf } from '../db/insert-rows.js';
import { newUuid } from '../db/new-id.js';
import { callChanges } from '../db/tables/call-changes.js';
import type { CallRow } from '../db/tables/calls.js';
import type { CallChangeKind } from './change-kind.js';

/** Values before and after, named as in the public schema. */
export interface Difference {
  oldValues: Record<string, unknown>;
  newValues: Record<string, unknown>;
}

/** Nothing has changed. */
export const NO_DIFFERENCE: Readonly<Difference> = Object.freeze({ oldValues: {}, newValues: {} });

/** The locked call as it was just saved, and when. */
export type LoggedCall = CallRow & { recordedAt: Date };

export interface NewChange extends Difference {
  kind: CallChangeKind;
  /** The name of the key that did it. */
  actor: string;
  /** The merge patch that came with it; it counts for the saved call's place in the ledger. */
  patch?: Record<string, unknown>;
  /** False for a patch that changed nothing: such a row bears no revision. */
  effective?: boolean;
}

/**
 * Appends a row about a call that this transaction has locked and saved: its label, its ledger place and its revision
 * are the saved call's.
 */
export async function appendChange(tx: Transaction, call: LoggedCall, change: NewChange): Promise<void> {
  await tx.insert(callChanges).values(changeRow(call, change));
}

/** A change of a call that this transaction has locked, and has written or will have written with the same values. */
export interface DraftedChange extends NewChange {
  call: Pick<CallRow, 'id' | 'revision' | 'metadataAt' | 'metadataArrival'>;
}

/**
 * Appends changes of many calls in their order by one statement, behind the writing of the calls: it takes the labels
 * from them. Each row bears the revision and the ledger place that its change has put down.
 */
export async function appendDraftedChanges(
  tx: Transaction,
  organizationId: string,
  recordedAt: Date,
  changes: DraftedChange[],
): Promise<void> {
  if (changes.length === 0) return;
  const rows = await mappedFor(tx, changes, ({ call, ...change }) =>
    plainRow({ ...call, organizationId, recordedAt }, change),
  );
  const fields = Object.keys(rows[0] ?? {});
  const set = await rowsOf(tx, callChanges, rows);
  await tx.execute(sql`
    insert into ${callChanges} (label, seq, ${columnsOf(callChanges, fields)})
    select change_label, nextval('call_change_seq'), ${columnsOf(callChanges, fields, 'v')}
    from (
      select v.*, c.change_label from ${set}
      join calls c on c.organization_id = ${organizationId} and c.id = v.call_id
      order by v.ordinality offset 0
    ) v`);
}

/** One row of the same change for each of several calls of an organization, saved by one statement; any number of them. */
export async function appendChanges(tx: Transaction, calls: LoggedCall[], change: NewChange): Promise<void> {
  const [first] = calls;
  if (first === undefined) return;
  const drafted = calls.map((call) => ({ ...change, call }));
  await appendDraftedChanges(tx, first.organizationId, first.recordedAt, drafted);
}

function changeRow(call: LoggedCall, change: NewChange) {
  return { ...plainRow(call, change), label: call.changeLabel, seq: sql`nextval('call_change_seq')` };
}

type ChangedCall = Pick<
  LoggedCall,
  'organizationId' | 'id' | 'revision' | 'metadataAt' | 'metadataArrival' | 'recordedAt'
>;

/** A row without its place in the log. */
function plainRow(call: ChangedCall, change: NewChange) {
  const { kind, actor, patch, effective = true, oldValues, newValues } = change;
  return {
    organizationId: call.organizationId,
    id: newUuid(),
    callId: call.id,
    kind,
    actor,
    revision: effective ? call.revision : null,
    patch: patch ?? null,
    effectiveAt: (patch && call.metadataAt) || call.recordedAt,
    arrival: patch ? call.metadataArrival : null,
    oldValues,
    newValues,
    recordedAt: call.recordedAt,
  };
}

/** What of the named fields differs between two states of a record. */
export function difference<T extends object>(
  before: T | null,
  after: T,
  fields: readonly (keyof T & string)[],
): Difference {
  const oldValues: Record<string, unknown> = {};
  const newValues: Record<string, unknown> = {};
  for (const field of fields) {
    const was = before?.[field] ?? null;
    const is = after[field] ?? null;
    if (was === is || isDeepStrictEqual(was, is)) continue;
    oldValues[field] = was;
    newValues[field] = is;
  }
  return { oldValues, newValues };
}

/** Several differences of one change as one. */
export function combined(...differences: Difference[]): Difference {
  return {
    oldValues: Object.assign({}, ...differences.map((each) => each.oldValues)),
    newValues: Object.assign({}, ...differences.map((each) => each.newValues)),
  };
}
