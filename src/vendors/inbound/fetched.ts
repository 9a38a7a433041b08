import type { VendorClient } from '../request/vendor-client.js';
import type { CallRecord } from '../vendor-message.js';

/** What is asked of a vendor, and when: the vendor's records are at least as new. A wait for the client comes before that. */
export async function fetched<Answer>(
  client: VendorClient,
  ask: (client: VendorClient) => Promise<Answer>,
): Promise<{ answer: Answer; at: Date }> {
  let at: Date | null = null;
  const timed: VendorClient = {
    send(request) {
      at ??= new Date();
      return client.send(request);
    },
  };
  const answer = await ask(timed);
  return { answer, at: at ?? new Date() };
}

export const fetchedRecords = (records: readonly CallRecord[], at: Date): CallRecord[] =>
  records.map((record) => ({ ...record, fetchedAt: at }));
