import { memberOf, textOf } from '../delivery-parts.js';
import { instantIn, listIn } from '../record-parts.js';
import { MOST_OF_PAGE, VendorRefusal } from '../request/vendor-client.js';
import type { VendorCalls } from '../vendor.js';
import { callOfBird } from './bird-record.js';

/** Milliseconds. */
const WINDOW = 86_400_000;

interface Cursor {
  /** The end of the window, in milliseconds. */
  readonly end: number;
  readonly token: string | null;
  /** Records of the window: in this pass, and in all passes. A token that Bird refuses begins another pass. */
  readonly read: number;
  readonly most: number;
  /** Tokens refused in a row, since a pass came further than those before. */
  readonly refused: number;
}

const MOST_REFUSED = 3;

/** The newest day first, each by Bird's page tokens; without a start in one window. */
export const birdCalls: VendorCalls = {
  most: 500,

  async page({ from, to, cursor, most: limit }, account, client) {
    const place = (cursor ?? { end: to.getTime(), token: null, read: 0, most: 0, refused: 0 }) as Cursor;
    const start = from && Math.max(from.getTime(), place.end - WINDOW);
    const { workspaceId, channelId } = account.settings;
    const channel = textOf(channelId);
    const scope = channel === null ? 'channels' : `channels/${encodeURIComponent(channel)}`;
    const path = `/workspaces/${encodeURIComponent(String(workspaceId))}/${scope}/calls`;
    const query = {
      ...(start !== null && { startAt: new Date(start).toISOString() }),
      ...{ endAt: new Date(place.end).toISOString(), limit: String(limit) },
      ...(place.token !== null && { pageToken: place.token }),
    };
    const headers = { authorization: `AccessKey ${account.secrets.accessKey}` };
    const { body } = await client
      .send({ ...{ method: 'GET', path, query, headers }, mostMebibytes: MOST_OF_PAGE })
      .catch((error) => {
        if (place.token === null || !isOfToken(error) || place.refused >= MOST_REFUSED) throw error;
        return { body: null };
      });
    if (body === null) {
      const again: Cursor = { ...place, token: null, read: 0, refused: place.refused + 1 };
      return { records: [], read: 0, total: null, position: null, next: again };
    }
    const results = listIn(body, 'results');
    const token = textOf(memberOf(body, 'nextPageToken'));
    const read = place.read + results.length;
    const most = Math.max(place.most, read);
    const refused = read > place.most ? 0 : place.refused;
    const within: Cursor = { ...place, token, read, most, refused };
    const isLast = start === null || from === null || start <= from.getTime();
    const earlier = isLast ? null : { end: start, token: null, read: 0, most: 0, refused: 0 };
    return {
      records: results.flatMap((item) => callOfBird(item, account) ?? []),
      read: most - place.most,
      total: null,
      position:
        instantIn(results.at(-1), 'createdAt') ?? (token === null ? new Date(start ?? place.end) : null),
      next: token === null ? earlier : within,
    };
  },
};

const isOfToken = (error: unknown) =>
  error instanceof VendorRefusal && [400, 404, 410, 422].includes(error.status);
