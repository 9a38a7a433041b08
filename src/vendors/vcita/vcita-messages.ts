import { isObject } from '../../foundation/json-object.js';
import { idIn, jsonOf, listIn, textIn } from '../record-parts.js';
import { orNone } from '../request/or-none.js';
import { MOST_OF_PAGE, type VendorClient } from '../request/vendor-client.js';
import type { ConnectedAccount, VendorMessages } from '../vendor.js';
import type { CallRecord, Reading, ReceivedMessage, Subject, UpdatedRecords } from '../vendor-message.js';
import { callOfVcita, transcriptOfVcita } from './vcita-record.js';
import { recordOf, send, VOICE_CALLS } from './vcita-requests.js';

/** What `voice_call/create` carries is not documented, and it is not signed: any uid in it is a hint. */
export const vcitaMessages: VendorMessages = {
  mayRepeat: false,

  read({ body }: ReceivedMessage): Reading {
    const message = jsonOf(body);
    if (!isObject(message)) return unrecognised('It is no JSON object in UTF-8.');
    const named = withUid(message);
    const record = named && callOfVcita(named);
    if (!record) return unrecognised('It has no uid.');
    const isWhole = textIn(named, 'status') !== undefined;
    const references = record.references.filter(({ name }) => name === 'uid');
    return { kind: 'CALL', isVerified: false, subject: { references }, said: isWhole ? record : null };
  },

  async fetch({ references }: Subject, account: ConnectedAccount, client: VendorClient) {
    const uid = references.find(({ name }) => name === 'uid');
    if (uid === undefined) return null;
    const path = `${VOICE_CALLS}/${encodeURIComponent(uid.value)}`;
    return callOfVcita(recordOf(await send(account, client, { method: 'GET', path })));
  },

  recorded({ references, hasTranscript }: CallRecord, account: ConnectedAccount) {
    const uid = references.find(({ name }) => name === 'uid');
    if (uid === undefined || hasTranscript !== true) return [];
    const path = `${VOICE_CALLS}/${encodeURIComponent(uid.value)}/transcript`;
    return [
      async (client: VendorClient) => {
        const request = { method: 'GET' as const, path, mostMebibytes: MOST_OF_PAGE };
        const answer = await orNone(send(account, client, request));
        return answer && transcriptOfVcita(recordOf(answer));
      },
    ];
  },

  updates: { since },
};

const unrecognised = (reason: string): Reading => ({ kind: 'UNRECOGNISED', reason });

const MOST_OBJECTS = 1_000;

/** The first object with a uid, the outer ones first: inner ones may be the call's staff or client. */
function withUid(message: Record<string, unknown>): Record<string, unknown> | undefined {
  const objects = [message];
  for (const object of objects) {
    if (idIn(object, 'uid') !== undefined) return object;
    if (objects.length > MOST_OBJECTS) return undefined;
    objects.push(...Object.values(object).filter(isObject));
  }
  return undefined;
}

const PAGE = 100;

/**
 * By a key and not by pages, which shift while voice calls change; pages only for those of the same moment. The position
 * is a time and, after it, a page.
 */
export async function since(
  position: string,
  account: ConnectedAccount,
  client: VendorClient,
): Promise<UpdatedRecords> {
  const [time = '', page = '1'] = position.split('#');
  const { records, last, length } = await updatedSince({ time, page, size: PAGE }, account, client);
  const hasMore = length === PAGE;
  const next = last === time ? `${time}#${Number(page) + Number(hasMore)}` : last;
  return { records, position: next, hasMore };
}

/** One page of the voice calls that were updated then or later, oldest first, and when the last of them was. */
export async function updatedSince(
  { time, page, size }: { time: string; page: string; size: number },
  account: ConnectedAccount,
  client: VendorClient,
): Promise<{ records: CallRecord[]; length: number; last: string }> {
  const answer = await send(account, client, {
    method: 'GET',
    path: VOICE_CALLS,
    mostMebibytes: MOST_OF_PAGE,
    query: { 'filter[updated_at][gte]': time, sort: 'updated_at:asc', per_page: String(size), page },
  });
  const list = listIn(recordOf(answer), 'voice_calls');
  const last = textIn(list.at(-1), 'updated_at') ?? time;
  return { records: list.flatMap((record) => callOfVcita(record) ?? []), length: list.length, last };
}
