import { sql } from 'drizzle-orm';
import { insertFlows } from '../../call-flows/call-flow.store.js';
import { writeProgress } from '../../call-flows/vendor-flow.store.js';
import { appendDraftedChanges } from '../../changes/change-log.js';
import type { Transaction } from '../../db/database.js';
import { insertRows, replaceRows, rowsOf, updateRows } from '../../db/insert-rows.js';
import { type CallRow, callGroupMembers, callReferences, calls } from '../../db/tables/calls.js';
import { voiceCalls } from '../../db/tables/voice-calls.js';
import { writeRecorded } from '../../recordings/recorded.store.js';
import type { Drafts } from './call-drafts.js';

export async function writeDrafts(tx: Transaction, drafts: Drafts): Promise<void> {
  if (drafts.writes.changes.length > 0) await writeChanges(tx, drafts);
  await writeRecordTimes(tx, drafts);
}

async function writeChanges(tx: Transaction, drafts: Drafts): Promise<void> {
  const { organizationId, writes } = drafts;
  const changed = [...writes.changed].flatMap((id) => drafts.calls.get(id) ?? []);
  await insertCalls(
    tx,
    organizationId,
    changed.filter(({ isNew }) => isNew).map(({ call }) => call),
  );
  await updateRows(
    tx,
    calls,
    organizationId,
    changed.filter(({ isNew }) => !isNew).map(({ call }) => call),
    {
      keys: ['id'],
      fields: [...writes.fields],
      fixed: [sql`change_label = next_change_label(t.change_label)`],
    },
  );
  await Promise.all([
    // Before the references, with which the text of `search` is written.
    replaceRows(tx, voiceCalls, organizationId, [...writes.voiceCalls.values()]),
    insertRows(tx, callReferences, organizationId, writes.references),
    insertRows(tx, callGroupMembers, organizationId, writes.members),
    deleteMembers(tx, organizationId, writes.left),
    insertFlows(tx, organizationId, [...writes.flows.values()]),
    writeProgress(tx, organizationId, [...writes.progressed.values()]),
    writeRecorded(tx, organizationId, [...writes.recordings.values()], [...writes.transcripts.values()]),
    appendDraftedChanges(tx, organizationId, drafts.now, writes.changes),
  ]);
}

/** What is left to admit of the groups' events goes too, unless that is being done: nothing waits for admissions. */
async function deleteMembers(
  tx: Transaction,
  organizationId: string,
  left: Drafts['writes']['left'],
): Promise<void> {
  if (left.length === 0) return;
  await tx.execute(sql`
    delete from call_group_members m using ${await rowsOf(tx, callGroupMembers, left)}
    where m.organization_id = ${organizationId} and m.group_id = v.group_id and m.call_id = v.call_id`);
  await tx.execute(sql`
    delete from event_admissions a where a.organization_id = ${organizationId} and a.id in (
      select n.id from ${await rowsOf(tx, callGroupMembers, left)}
      join event_admissions n on n.organization_id = ${organizationId} and n.group_id = v.group_id and n.call_id = v.call_id
      for update of n skip locked)`);
}

function insertCalls(tx: Transaction, organizationId: string, rows: CallRow[]): Promise<void> {
  const plain = rows.map(({ customerNumber: _generated, ...row }) => row);
  return insertRows(tx, calls, organizationId, plain, { changeLabel: sql`next_change_label(0)` });
}

/** What the vendors' records have confirmed, though nothing else of the calls may change. */
async function writeRecordTimes(tx: Transaction, { organizationId, calls: drafts, writes }: Drafts) {
  const times = [...writes.recordTimes.values()];
  await updateRows(tx, callReferences, organizationId, times, {
    keys: ['system', 'name', 'value'],
    fields: ['vendorUpdatedAt', 'fetchedAt'],
  });
  const retimed = [...writes.retimed].filter((id) => !writes.changed.has(id));
  await updateRows(
    tx,
    calls,
    organizationId,
    retimed.flatMap((id) => drafts.get(id)?.call ?? []),
    { keys: ['id'], fields: ['fieldTimes'] },
  );
}
