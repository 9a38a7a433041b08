import { sql } from 'drizzle-orm';
import { insertFlows } from '../../call-flows/call-flow.store.js';
import { writeProgress } from '../../call-flows/vendor-flow.store.js';
import { appendDraftedChanges } from '../../changes/change-log.js';
import type { Transaction } from '../../db/database.js';
import { columnName, insertRows, rowsOf } from '../../db/insert-rows.js';
import { type CallRow, callGroupMembers, callReferences, calls } from '../../db/tables/calls.js';
import { writeRecorded } from '../../recordings/recorded.store.js';
import type { Drafts } from './call-drafts.js';

export async function writeDrafts(tx: Transaction, drafts: Drafts): Promise<void> {
  const { organizationId, writes } = drafts;
  if (writes.changes.length === 0) return;
  const changed = [...writes.changed].flatMap((id) => drafts.calls.get(id) ?? []);
  await insertCalls(
    tx,
    organizationId,
    changed.filter(({ isNew }) => isNew).map(({ call }) => call),
  );
  await updateCalls(
    tx,
    organizationId,
    [...writes.fields],
    changed.filter(({ isNew }) => !isNew).map(({ call }) => call),
  );
  await Promise.all([
    insertRows(tx, callReferences, organizationId, writes.references),
    insertRows(tx, callGroupMembers, organizationId, writes.members),
    deleteMembers(tx, organizationId, writes.left),
    insertFlows(tx, organizationId, [...writes.flows.values()]),
    writeProgress(tx, organizationId, [...writes.progressed.values()]),
    writeRecorded(tx, organizationId, [...writes.recordings.values()], [...writes.transcripts.values()]),
    appendDraftedChanges(tx, organizationId, drafts.now, writes.changes),
  ]);
}

async function deleteMembers(
  tx: Transaction,
  organizationId: string,
  left: Drafts['writes']['left'],
): Promise<void> {
  if (left.length === 0) return;
  await tx.execute(sql`
    delete from call_group_members m using ${await rowsOf(tx, callGroupMembers, left)}
    where m.organization_id = ${organizationId} and m.group_id = v.group_id and m.call_id = v.call_id`);
}

function insertCalls(tx: Transaction, organizationId: string, rows: CallRow[]): Promise<void> {
  const plain = rows.map(({ customerNumber: _generated, ...row }) => row);
  return insertRows(tx, calls, organizationId, plain, { changeLabel: sql`next_change_label(0)` });
}

async function updateCalls(
  tx: Transaction,
  organizationId: string,
  fields: (keyof CallRow)[],
  changed: CallRow[],
): Promise<void> {
  if (changed.length === 0) return;
  const values = changed.map((row) =>
    Object.fromEntries(['id' as const, ...fields].map((field) => [field, row[field]])),
  );
  const set = fields.map((field) => {
    const column = sql.identifier(columnName(calls, field));
    return sql`${column} = v.${column}`;
  });
  const rows = await rowsOf(tx, calls, values);
  await tx.execute(sql`
    update calls c set ${sql.join([...set, sql`change_label = next_change_label(c.change_label)`], sql`, `)}
    from ${rows}
    where c.organization_id = ${organizationId} and c.id = v.id`);
}
