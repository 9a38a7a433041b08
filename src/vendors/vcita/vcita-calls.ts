import type { VendorCalls } from '../vendor.js';
import type { CallRecord } from '../vendor-message.js';
import { since } from './vcita-messages.js';

interface Cursor {
  readonly position: string;
  /** Those updated at its time that were read before: the first page of that time shows them again. */
  readonly uids: readonly string[];
}

/** By the time of their last update, oldest first: vcita sorts and filters by no other. */
export const vcitaCalls: VendorCalls = {
  async page({ from, to, cursor }, account, client) {
    const { position, uids } = (cursor ?? {
      position: (from ?? new Date(0)).toISOString(),
      uids: [],
    }) as Cursor;
    const page = await since(position, account, client);
    const isWithin = ({ values }: CallRecord) => !values.vendorUpdatedAt || values.vendorUpdatedAt <= to;
    const records = page.records.filter((record) => isWithin(record) && !uids.includes(uidOf(record)));
    const lastAt = page.records.at(-1)?.values.vendorUpdatedAt ?? null;
    const ofLast = page.records.filter(
      ({ values }) => values.vendorUpdatedAt?.getTime() === lastAt?.getTime(),
    );
    const hasMoved = timeOf(page.position) !== timeOf(position);
    const next: Cursor = { position: page.position, uids: hasMoved ? ofLast.map(uidOf) : uids };
    const isOver = !page.hasMore || page.records.some((record) => !isWithin(record));
    return { records, read: records.length, total: null, position: lastAt, next: isOver ? null : next };
  },
};

const uidOf = ({ references }: CallRecord): string =>
  references.find(({ name }) => name === 'uid')?.value ?? '';

const timeOf = (position: string) => position.split('#')[0];
