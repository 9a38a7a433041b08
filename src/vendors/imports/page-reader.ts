import { fetched, fetchedRecords } from '../inbound/fetched.js';
import { type VendorClient, VendorUnreachable } from '../request/vendor-client.js';
import type { ConnectedAccount, Vendor } from '../vendor.js';
import type { CallsPage, CallsRequest } from '../vendor-calls.js';

export interface ReadPage extends CallsPage {
  /** Why the one record of the page could not be read; null if it has what the vendor has shown. */
  readonly lost: string | null;
}

export type ReadCalls = (cursor: unknown, client: VendorClient) => Promise<ReadPage>;

/** Reads pages of a vendor's calls: half as long if one is too large, and past a record that alone is. */
export function pageReader(
  { calls }: Pick<Vendor, 'calls'>,
  request: Omit<CallsRequest, 'cursor' | 'most'>,
  account: ConnectedAccount,
  paced: (client: VendorClient) => VendorClient,
): ReadCalls {
  let { most } = calls;
  return async (cursor, client) => {
    for (;;) {
      const asked = { ...request, cursor, most };
      try {
        const { answer, at } = await fetched(client, (timed) => calls.page(asked, account, paced(timed)));
        return { ...answer, records: fetchedRecords(answer.records, at), lost: null };
      } catch (error) {
        if (!isTooLarge(error) || (most === 1 && calls.skip === undefined)) throw error;
        if (most === 1) {
          most = calls.most;
          const next = await calls.skip?.(asked);
          const lost = `A record could not be read. ${error.message}`;
          return { records: [], read: 1, total: null, position: null, next: next ?? null, lost };
        }
        most = Math.floor(most / 2);
      }
    }
  };
}

export const isTooLarge = (error: unknown): error is VendorUnreachable =>
  error instanceof VendorUnreachable && error.isTooLarge;
