import { memberOf, textOf } from '../delivery-parts.js';
import { instantIn, listIn } from '../record-parts.js';
import { MOST_OF_PAGE } from '../request/vendor-client.js';
import type { VendorCalls } from '../vendor.js';
import type { CallsRequest } from '../vendor-calls.js';
import { callOfBurki } from './burki-record.js';

interface Cursor {
  /** In the vendor's own words, which are finer than a millisecond. */
  readonly dateTo: string;
  /** Of those that began then: how many are read. */
  readonly skip: number;
}

/**
 * Newest first. An offset alone would count calls that come meanwhile, so each page is a window of its own, up to the time
 * of the last call of the page before. Calls that never began are in no window.
 */
export const burkiCalls: VendorCalls = {
  most: 500,

  async page(request, { secrets }, client) {
    const { from, cursor, most } = request;
    const { dateTo, skip } = placeOf(request);
    const { body } = await client.send({
      method: 'GET',
      // Without the last slash Burki redirects.
      path: '/api/v1/calls/',
      query: {
        ...(from && { date_from: from.toISOString() }),
        ...{ date_to: dateTo, skip: String(skip), limit: String(most) },
      },
      headers: { authorization: `Bearer ${secrets.apiKey}` },
      mostMebibytes: MOST_OF_PAGE,
    });
    const items = listIn(body, 'items');
    const begun = (item: unknown) => withOffset(textOf(memberOf(item, 'started_at')));
    const last = begun(items.at(-1));
    const ofLast = items.filter((item) => begun(item) === last).length;
    const isSameTime = last === null || last === dateTo || ofLast === items.length;
    const next: Cursor = isSameTime ? { dateTo, skip: skip + items.length } : { dateTo: last, skip: ofLast };
    const total = memberOf(body, 'total');
    return {
      records: items.flatMap((item) => callOfBurki(item) ?? []),
      read: items.length,
      total: cursor === null && Number.isInteger(total) ? (total as number) : null,
      position: instantIn(items.at(-1), 'started_at') ?? null,
      next: items.length < most ? null : next,
    };
  },

  async skip(request) {
    const { dateTo, skip } = placeOf(request);
    return { dateTo, skip: skip + 1 };
  },
};

const placeOf = ({ to, cursor }: CallsRequest): Cursor =>
  (cursor ?? { dateTo: to.toISOString(), skip: 0 }) as Cursor;

/** Burki's times without an offset are of UTC. */
const withOffset = (time: string | null) =>
  time === null || /(?:Z|[+-]\d\d:?\d\d)$/i.test(time) ? time : `${time}Z`;
