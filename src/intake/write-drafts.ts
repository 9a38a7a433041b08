import { sql } from 'drizzle-orm';
import { insertFlows } from '../call-flows/call-flow.store.js';
import { appendDraftedChanges } from '../changes/change-log.js';
import type { Transaction } from '../db/database.js';
import { columnName, columnsOf, insertRows, rowsOf } from '../db/insert-rows.js';
import { type CallRow, callGroupMembers, callReferences, calls } from '../db/tables/calls.js';
import type { Drafts } from './call-drafts.js';

/** Writes what was planned: one statement for each table, however many items there were. */
export async function writeDrafts(tx: Transaction, drafts: Drafts): Promise<void> {
  const { organizationId, writes } = drafts;
  if (writes.changes.length === 0) return;
  const changed = [...writes.changed].flatMap((id) => drafts.calls.get(id) ?? []);
  await insertCalls(
    tx,
    changed.filter(({ isNew }) => isNew).map(({ call }) => call),
  );
  await updateCalls(
    tx,
    organizationId,
    [...writes.fields],
    changed.filter(({ isNew }) => !isNew).map(({ call }) => call),
  );
  await Promise.all([
    insertRows(
      tx,
      callReferences,
      writes.references.map((reference) => ({ ...reference, organizationId })),
    ),
    insertRows(
      tx,
      callGroupMembers,
      writes.members.map((member) => ({ ...member, organizationId })),
    ),
    insertFlows(tx, writes.flows),
    appendDraftedChanges(tx, organizationId, drafts.now, writes.changes),
  ]);
}

async function insertCalls(tx: Transaction, rows: CallRow[]): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  const fields = Object.keys(first).filter((field) => field !== 'customerNumber' && field !== 'changeLabel');
  await tx.execute(sql`
    insert into calls (change_label, ${columnsOf(calls, fields)})
    select next_change_label(0), ${columnsOf(calls, fields, 'v')} from ${rowsOf(calls, rows)} order by v.ordinality`);
}

/** Only the fields that some item changed are sent and set: metadata may be large. */
async function updateCalls(
  tx: Transaction,
  organizationId: string,
  fields: (keyof CallRow)[],
  rows: CallRow[],
): Promise<void> {
  if (rows.length === 0) return;
  const values = rows.map((row) =>
    Object.fromEntries(['id' as const, ...fields].map((field) => [field, row[field]])),
  );
  const set = fields.map((field) => {
    const column = sql.identifier(columnName(calls, field));
    return sql`${column} = v.${column}`;
  });
  await tx.execute(sql`
    update calls c set ${sql.join([...set, sql`change_label = next_change_label(c.change_label)`], sql`, `)}
    from ${rowsOf(calls, values)}
    where c.organization_id = ${organizationId} and c.id = v.id`);
}
