import type { Database } from '../../db/database.js';
import type { CallRow } from '../../db/tables/calls.js';
import { Refusal } from '../../foundation/refusal.js';
import type { IntakeService } from '../../intake/intake.service.js';
import type { UpsertedCall } from '../../intake/upsert/plan-upsert.js';
import type { UpsertCall } from '../../intake/upsert/upsert-call.js';
import { connector } from '../connector.js';
import { nameAccount } from '../delivery/learned.service.js';
import type { ConnectedAccount, Vendor } from '../vendor.js';
import type { CallRecord } from '../vendor-message.js';

export interface RecordStores {
  database: Database;
  intake: IntakeService;
}

export interface WrittenRecord {
  call: CallRow;
  created: boolean;
  isChanged: boolean;
  /** What of the record could not be written, in sentences; null if all was. */
  problem: string | null;
}

/** A record that was written before changes nothing. */
export function upsertOf({ references, values, voiceCall, fetchedAt }: CallRecord): UpsertCall {
  const record = { fetchedAt: fetchedAt ?? new Date(), voiceCall };
  return { ...values, references: [...references], path: [], record };
}

/**
 * Writes a vendor's record of a call, as a change of the account.
 * @throws Refusal REFERENCE_CONFLICT if its references are those of several calls
 */
export async function writeRecord(
  { database, intake }: RecordStores,
  account: ConnectedAccount,
  { system }: Pick<Vendor, 'system'>,
  record: CallRecord,
): Promise<WrittenRecord> {
  const viewer = connector(account);
  const input = upsertOf(record);
  const problems: string[] = [];
  const upserted = await withoutRefused(input, problems, () => intake.upsertCall(viewer, input));
  const { call, created, isChanged } = upserted;
  // New references are the account's from the start.
  if (!created) await nameAccount(database, viewer, call.id, system);
  const all = [...problems, problemOf(upserted)].filter((each) => each !== null);
  return { call, created, isChanged, problem: all.length === 0 ? null : all.join(' ') };
}

export const problemOf = ({ missing }: UpsertedCall): string | null =>
  missing.length === 0 ? null : `The voice call lacks ${missing.join(', ')}, and was not created.`;

/** What must not keep the rest out: it may be too large, another call's, or close a circle. */
const SEPARABLE = ['metadata', 'recordings', 'transcripts', 'parent'] as const;

async function withoutRefused<T>(input: UpsertCall, problems: string[], write: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      const path = error instanceof Refusal ? error.errors[0]?.path?.[0] : undefined;
      const refused = SEPARABLE.find((name) => name === path && input[name] !== undefined);
      if (refused === undefined || !(error instanceof Refusal)) throw error;
      problems.push(`${error.message}.`);
      delete input[refused];
    }
  }
}
