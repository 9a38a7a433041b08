import { isDeepStrictEqual } from 'node:util';
import { sql } from 'drizzle-orm';
import type { Transaction } from '../db/database.js';
import { newId } from '../db/new-id.js';
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

/** One row of the same change for each of several calls. */
export async function appendChanges(tx: Transaction, calls: LoggedCall[], change: NewChange): Promise<void> {
  await tx.insert(callChanges).values(calls.map((call) => changeRow(call, change)));
}

function changeRow(call: LoggedCall, change: NewChange) {
  const { kind, actor, patch, effective = true, oldValues, newValues } = change;
  return {
    organizationId: call.organizationId,
    label: call.changeLabel,
    seq: sql`nextval('call_change_seq')`,
    id: newId().id,
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
    if (isDeepStrictEqual(was, is)) continue;
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
