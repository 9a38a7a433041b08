import type { VendorCalls } from '../vendor.js';
import type { CallsRequest } from '../vendor-calls.js';
import type { CallRecord } from '../vendor-message.js';
import { updatedSince } from './vcita-messages.js';

interface Cursor {
  /** A time. Imports of before have the number of a page of a hundred after it. */
  readonly position: string;
  /** How many of those that were updated then or later are read. */
  readonly skip?: number;
  /** Those updated at its time that were read before: the first page of that time shows them again. */
  readonly uids: readonly string[];
}

const PAGE = 100;
/** Sizes of pages, the largest first. */
const SIZES = [100, 50, 20, 10, 5, 2, 1];

/** By the time of their last update, oldest first: vcita sorts and filters by no other. */
export const vcitaCalls: VendorCalls = {
  most: PAGE,

  async page(request, account, client) {
    const { to, most } = request;
    const { time, skip, uids } = placeOf(request);
    // vcita counts pages, and so a page begins where one of its size does.
    const size = SIZES.find((each) => each <= most && skip % each === 0) ?? 1;
    const page = await updatedSince({ time, page: String(skip / size + 1), size }, account, client);
    const isWithin = ({ values }: CallRecord) => !values.vendorUpdatedAt || values.vendorUpdatedAt <= to;
    const records = page.records.filter((record) => isWithin(record) && !uids.includes(uidOf(record)));
    const lastAt = page.records.at(-1)?.values.vendorUpdatedAt ?? null;
    const ofLast = page.records.filter(
      ({ values }) => values.vendorUpdatedAt?.getTime() === lastAt?.getTime(),
    );
    const next: Cursor =
      page.last === time
        ? { position: time, skip: skip + page.length, uids }
        : { position: page.last, skip: 0, uids: ofLast.map(uidOf) };
    const isOver = page.length < size || page.records.some((record) => !isWithin(record));
    return { records, read: records.length, total: null, position: lastAt, next: isOver ? null : next };
  },

  async skip(request) {
    const { time, skip, uids } = placeOf(request);
    return { position: time, skip: skip + 1, uids } satisfies Cursor;
  },
};

function placeOf({ from, cursor }: CallsRequest) {
  const first: Cursor = { position: (from ?? new Date(0)).toISOString(), uids: [] };
  const { position, skip, uids } = (cursor ?? first) as Cursor;
  const [time = '', page = '1'] = position.split('#');
  return { time, skip: skip ?? (Number(page) - 1) * PAGE, uids };
}

const uidOf = ({ references }: CallRecord): string =>
  references.find(({ name }) => name === 'uid')?.value ?? '';
