import { isDeepStrictEqual } from 'node:util';
import { sql } from 'drizzle-orm';
import { mapFor } from '../db/connection/account.js';
import type { Transaction } from '../db/database.js';
import { columnsOf, rowsOf } from '../db/insert-rows.js';
import { callChanges } from '../db/tables/call-changes.js';
import type { CallRow } from '../db/tables/calls.js';
import { newUuid } from '../foundation/new-id.js';
import type { CallChangeKind } from './call-change.enums.js';

export interface Difference {
  oldValues: Record<string, unknown>;
  newValues: Record<string, unknown>;
}

export const NO_DIFFERENCE: Readonly<Difference> = Object.freeze({ oldValues: {}, newValues: {} });

export type LoggedCall = CallRow & { recordedAt: Date };

export interface NewChange extends Difference {
  kind: CallChangeKind;
  actor: string;
  /** A merge patch (RFC 7396); takes effect at the saved call's metadataAt and metadataArrival. */
  patch?: Record<string, unknown>;
  /** False for a patch that changed nothing: its row has no revision. */
  effective?: boolean;
}

/** Requires a locked and saved call: the row takes its label, patch time and revision. */
export async function appendChange(tx: Transaction, call: LoggedCall, change: NewChange): Promise<void> {
  await tx.insert(callChanges).values(changeRow(call, change));
}

export interface DraftedChange extends NewChange {
  call: Pick<CallRow, 'id' | 'revision' | 'metadataAt' | 'metadataArrival'>;
}

/** Call it after the calls are written, because it reads their labels. */
export async function appendDraftedChanges(
  tx: Transaction,
  organizationId: string,
  recordedAt: Date,
  changes: DraftedChange[],
): Promise<void> {
  if (changes.length === 0) return;
  const rows = await mapFor(tx, changes, ({ call, ...change }) =>
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

export function combined(...differences: Difference[]): Difference {
  return {
    oldValues: Object.assign({}, ...differences.map((each) => each.oldValues)),
    newValues: Object.assign({}, ...differences.map((each) => each.newValues)),
  };
}
