import { type VendorClient, VendorRefusal, VendorUnreachable } from '../request/vendor-client.js';
import type { ConnectedAccount, Vendor } from '../vendor.js';
import type { CallRecord } from '../vendor-message.js';

export type RecordedProblem = VendorRefusal | VendorUnreachable;

/** The account may not read it, and asking again would not help. */
export const isDenied = (problem: unknown): boolean =>
  problem instanceof VendorRefusal && (problem.status === 401 || problem.status === 403);

/** The record with what the vendor keeps of its call elsewhere, and why a part of that is missing; null if none is. */
export async function withRecorded(
  { messages }: Pick<Vendor, 'messages'>,
  record: CallRecord,
  account: ConnectedAccount,
  client: VendorClient,
): Promise<{ whole: CallRecord; problem: RecordedProblem | null }> {
  let { values } = record;
  let problem: RecordedProblem | null = null;
  for (const ask of messages.recorded?.(record, account) ?? []) {
    try {
      values = { ...values, ...(await ask(client)) };
    } catch (error) {
      if (!(error instanceof VendorRefusal || error instanceof VendorUnreachable)) throw error;
      problem = error;
    }
  }
  return { whole: { ...record, values }, problem };
}
