import { and, eq } from 'drizzle-orm';
import type { Database } from '../../db/database.js';
import type { CallRow } from '../../db/tables/calls.js';
import { type VoiceCallRow, voiceCalls } from '../../db/tables/voice-calls.js';
import { Refusal } from '../../foundation/refusal.js';
import type { IntakeService } from '../../intake/intake.service.js';
import type { UpsertCall } from '../../intake/upsert/upsert-call.js';
import type { VoiceCallService } from '../../voice-calls/voice-call.service.js';
import type { NewVoiceCall, VoiceCallPatch } from '../../voice-calls/voice-call-values.js';
import { connector } from '../connector.js';
import { nameAccount } from '../delivery/learned.service.js';
import type { ConnectedAccount, Vendor } from '../vendor.js';
import type { CallRecord } from '../vendor-message.js';

export interface RecordStores {
  database: Database;
  intake: IntakeService;
  voiceCalls: VoiceCallService;
}

export interface WrittenRecord {
  call: CallRow;
  isChanged: boolean;
  /** What of the record could not be written, in sentences; null if all was. */
  problem: string | null;
}

/**
 * Writes a vendor's record of a call, as changes of the account. A record that was written before changes nothing.
 * @throws Refusal REFERENCE_CONFLICT if its references are those of several calls
 */
export async function writeRecord(
  stores: RecordStores,
  account: ConnectedAccount,
  { system }: Pick<Vendor, 'system'>,
  record: CallRecord,
): Promise<WrittenRecord> {
  const viewer = connector(account);
  const { upserted, problem } = await upsert(stores, account, record);
  // New references are the account's from the start.
  if (!upserted.created) await nameAccount(stores.database, viewer, upserted.call.id, system);
  const voiceCall = await writeVoiceCall(stores, account, upserted.call, record);
  const problems = [problem, voiceCall.problem].filter((each) => each !== null);
  return {
    call: upserted.call,
    isChanged: upserted.isChanged || voiceCall.isChanged,
    problem: problems.length === 0 ? null : problems.join(' '),
  };
}

/** What must not keep the rest out, e.g. if it is too large, or another call has it. */
const SEPARABLE = ['metadata', 'recordings', 'transcripts'] as const;

async function upsert(
  { intake }: RecordStores,
  account: ConnectedAccount,
  { references, values }: CallRecord,
) {
  const viewer = connector(account);
  const input: UpsertCall = { ...values, references: [...references], path: [], isRecord: true };
  const problems: string[] = [];
  for (;;) {
    try {
      const upserted = await intake.upsertCall(viewer, input);
      return { upserted, problem: problems.length === 0 ? null : problems.join(' ') };
    } catch (error) {
      const path = error instanceof Refusal ? error.errors[0]?.path?.[0] : undefined;
      const refused = SEPARABLE.find((name) => name === path && input[name] !== undefined);
      if (refused === undefined || !(error instanceof Refusal)) throw error;
      problems.push(`${error.message}.`);
      delete input[refused];
    }
  }
}

const NOTHING = { isChanged: false, problem: null };

/** What a new voice call cannot do without, as far as vcita shows it. */
const REQUIRED = [
  ...['staffUid', 'clientUid', 'fromNumber', 'toNumber'],
  ...['direction', 'status', 'sourceId', 'externalUuid'],
] as (keyof VoiceCallPatch)[];

/** Of a record whose call is written. */
export async function writeVoiceCall(
  { database, intake, voiceCalls: service }: RecordStores,
  account: ConnectedAccount,
  call: CallRow,
  { voiceCall: patch, values }: CallRecord,
): Promise<{ isChanged: boolean; problem: string | null }> {
  if (patch === undefined || isLate(call, values.vendorUpdatedAt)) return NOTHING;
  const viewer = connector(account);
  const target = { path: [], label: `id ${call.id}`, id: call.id };
  const stored = await voiceCallOf(database, call);
  if (stored !== undefined) {
    const after = await service.patch(viewer, { path: [], label: target.label, call: target }, patch, null);
    return { ...NOTHING, isChanged: after.revision !== stored.revision };
  }
  const missing = REQUIRED.filter((name) => !patch[name]);
  if (missing.length > 0) {
    return { isChanged: false, problem: `The voice call lacks ${missing.join(', ')}, and was not created.` };
  }
  try {
    await intake.createVoiceCall(viewer, target, { provider: 'VONAGE', ...patch } as NewVoiceCall);
  } catch (error) {
    // Another message of it has come first.
    if (!(error instanceof Refusal && error.errors[0]?.code === 'ALREADY_EXISTS')) throw error;
    await service.patch(viewer, { path: [], label: target.label, call: target }, patch, null);
  }
  return { ...NOTHING, isChanged: true };
}

/** The upsert has kept what is newer. */
function isLate({ vendorUpdatedAt }: CallRow, given: Date | null | undefined): boolean {
  return given != null && vendorUpdatedAt !== null && given < vendorUpdatedAt;
}

async function voiceCallOf({ db }: Database, call: CallRow): Promise<VoiceCallRow | undefined> {
  const [row] = await db
    .select()
    .from(voiceCalls)
    .where(and(eq(voiceCalls.organizationId, call.organizationId), eq(voiceCalls.callId, call.id)));
  return row;
}
