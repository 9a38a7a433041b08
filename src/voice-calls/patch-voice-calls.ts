import { sql } from 'drizzle-orm';
import { lockCalls } from '../calls/call.store.js';
import { LOGGED_FIELDS, withCustomerNumber } from '../calls/call-fields.js';
import { timedValues } from '../calls/field-times.js';
import { lockIntakeShared } from '../calls/intake-lock.store.js';
import { appendDraftedChanges, combined, type DraftedChange, difference } from '../changes/change-log.js';
import type { Transaction } from '../db/database.js';
import { columnName, rowsOf } from '../db/insert-rows.js';
import { type CallRow, calls } from '../db/tables/calls.js';
import { type VoiceCallRow, voiceCalls } from '../db/tables/voice-calls.js';
import type { AdmissionStep } from '../events/admission-step.js';
import { type Refusal, refuse, refuseUnknown, valueOrRefusal } from '../foundation/refusal.js';
import { actorOf } from '../identity/actor.js';
import type { Viewer } from '../identity/viewer.js';
import { voiceCallDifference, voiceCallsOf } from './voice-call.store.js';
import { mayMatchEvent, planChange, type RequestedChange } from './voice-call-change.js';
import type { VoiceCallTarget } from './voice-call-target.js';
import { VOICE_CALL_FIELDS } from './voice-call-values.js';

/** Its patch names no references. */
export interface VoiceCallPatchItem extends RequestedChange {
  target: VoiceCallTarget;
}

const CALL_FIELDS = [
  'direction',
  'status',
  'vendorStatus',
  'from',
  'to',
  'originator',
  'receiver',
  'duration',
  'fieldTimes',
  'revision',
  'updatedAt',
] as const satisfies readonly (keyof CallRow)[];
const RECORD_FIELDS = [...VOICE_CALL_FIELDS, 'revision', 'updatedAt'] as const;

/**
 * In order; a refused item changes nothing. As many statements for 500 items as for one.
 * @throws Forbidden for a STAFF key, unless each record is its own before and after
 */
export async function patchVoiceCalls(
  tx: Transaction,
  viewer: Viewer,
  items: VoiceCallPatchItem[],
  step: AdmissionStep,
): Promise<({ voiceCall: VoiceCallRow } | Refusal)[]> {
  const owner = viewer.organization.id;
  const actor = actorOf(viewer);
  // Keeps the calls from being joined or erased, so that they are what the items name.
  await lockIntakeShared(tx, owner);
  const callIds = await callsOf(tx, owner, items);
  const ids = [...new Set(callIds.values())];
  const stored = new Map((await lockCalls(tx, owner, ids)).map((call) => [call.id, call]));
  const present = new Map(stored);
  const records = new Map((await voiceCallsOf(tx, owner, ids)).map((record) => [record.callId, record]));
  const now = await timeOf(tx);
  const changes: DraftedChange[] = [];
  const changed = { calls: new Set<string>(), records: new Set<string>() };
  const patch = ({ target, ...requested }: VoiceCallPatchItem, place: number): VoiceCallRow => {
    const { call, voiceCall } = found(target, present.get(callIds.get(place) ?? ''), records);
    const plan = planChange(viewer, { call, voiceCall, known: [] }, requested);
    if (plan === null) return voiceCall;
    const after = withCustomerNumber({
      ...call,
      ...(timedValues(call, plan.values) as Partial<CallRow>),
      revision: call.revision + 1,
      updatedAt: now,
    });
    const isRecord = Object.keys(plan.changes).length > 0;
    const record = isRecord
      ? { ...voiceCall, ...plan.changes, revision: voiceCall.revision + 1, updatedAt: now }
      : voiceCall;
    present.set(call.id, after);
    records.set(call.id, record);
    changed.calls.add(call.id);
    if (isRecord) changed.records.add(call.id);
    const values = combined(voiceCallDifference(voiceCall, record), difference(call, after, LOGGED_FIELDS));
    changes.push({ kind: 'VOICE_CALL_UPDATED', actor, call: after, ...values });
    return record;
  };
  const outcomes = items.map((item, place) => valueOrRefusal(() => ({ voiceCall: patch(item, place) })));
  await save(
    tx,
    owner,
    [...changed.calls].flatMap((id) => present.get(id) ?? []),
    [...changed.records].flatMap((id) => records.get(id) ?? []),
  );
  await appendDraftedChanges(tx, owner, now, changes);
  const sought = [...changed.calls].filter((id) => {
    const [before, after] = [stored.get(id), present.get(id)];
    return before !== undefined && after !== undefined && mayMatchEvent(before, after);
  });
  if (sought.length > 0) await step.admit(actor, { calls: sought, joined: [], raised: [...changed.calls] });
  return outcomes;
}

/** By place. */
async function callsOf(
  tx: Transaction,
  organizationId: string,
  items: VoiceCallPatchItem[],
): Promise<Map<number, string>> {
  const names = items.map(({ target }, place) => {
    if ('id' in target) return { place, record: target.id };
    return 'id' in target.call ? { place, call: target.call.id } : { place, ...target.call.reference };
  });
  const rows = await tx.execute<{ place: number; id: string }>(sql`
    select i.place, coalesce(c.joined_into, c.id) as id
    from jsonb_to_recordset(${JSON.stringify(names)}::text::jsonb)
      i (place integer, record uuid, call uuid, system text, name text, value text)
    left join voice_calls v on v.organization_id = ${organizationId} and v.id = i.record
    left join call_references r on r.organization_id = ${organizationId} and r.system = i.system and r.name = i.name
      and r.value = i.value
    join calls c on c.organization_id = ${organizationId} and c.id = coalesce(v.call_id, i.call, r.call_id)`);
  return new Map(rows.map(({ place, id }) => [place, id]));
}

function found(
  target: VoiceCallTarget,
  call: CallRow | undefined,
  records: Map<string, VoiceCallRow>,
): { call: CallRow; voiceCall: VoiceCallRow } {
  const voiceCall = call && records.get(call.id);
  if (call !== undefined && voiceCall !== undefined) return { call, voiceCall };
  if ('id' in target) return refuseUnknown('Voice call', target, 'id');
  const { call: named } = target;
  if (call === undefined) return refuseUnknown('Call', named, 'id' in named ? 'id' : 'reference');
  return refuse('NOT_FOUND', `The call with ${named.label} has no voice call`, [...target.path, 'call']);
}

async function timeOf(tx: Transaction): Promise<Date> {
  const [row] = await tx.execute<{ now: number }>(
    sql`select (date_part('epoch', statement_timestamp()::timestamptz(3)) * 1000)::float8 as now`,
  );
  if (row === undefined) throw new Error('expected one row');
  return new Date(Number(row.now));
}

async function save(
  tx: Transaction,
  organizationId: string,
  changed: CallRow[],
  records: VoiceCallRow[],
): Promise<void> {
  if (changed.length === 0) return;
  const columnsOf = (table: typeof calls | typeof voiceCalls, fields: readonly string[]) =>
    fields.map((field) => {
      const column = sql.identifier(columnName(table, field));
      return sql`${column} = v.${column}`;
    });
  const callRows = changed.map((call) => picked(call, ['id', ...CALL_FIELDS]));
  await tx.execute(sql`
    update calls c set ${sql.join([...columnsOf(calls, CALL_FIELDS), sql`change_label = next_change_label(c.change_label)`], sql`, `)}
    from ${await rowsOf(tx, calls, callRows)} where c.organization_id = ${organizationId} and c.id = v.id`);
  if (records.length === 0) return;
  const rows = records.map((record) => picked(record, ['id', ...RECORD_FIELDS]));
  await tx.execute(sql`
    update voice_calls r set ${sql.join(columnsOf(voiceCalls, RECORD_FIELDS), sql`, `)}
    from ${await rowsOf(tx, voiceCalls, rows)} where r.organization_id = ${organizationId} and r.id = v.id`);
}

const picked = <Row extends object>(row: Row, fields: readonly (keyof Row)[]): Partial<Row> =>
  Object.fromEntries(fields.map((field) => [field, row[field]])) as Partial<Row>;
