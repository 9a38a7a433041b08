import { memberOf, textOf } from '../delivery-parts.js';
import { listIn } from '../record-parts.js';
import { MOST_OF_PAGE, VendorRefusal } from '../request/vendor-client.js';
import type { VendorCalls } from '../vendor.js';
import type { CallRecord } from '../vendor-message.js';
import { withToken } from './access-tokens.js';
import { callOfCreovai } from './creovai-record.js';

const READY = new Set(['Complete', 'Concluded']);

/** Creovai has no list: the sessions that calls here are known by are looked up. */
export const creovaiCalls: VendorCalls = {
  /** Each is a request of its own. */
  most: 20,

  async page({ cursor, known, most }, account, client) {
    const sessions = await known.after(cursor as string | null, most);
    const total = cursor === null ? await known.count() : null;
    const next = sessions.length < most ? null : (sessions.at(-1) ?? null);
    const page = { read: sessions.length, total, position: null, next };
    if (sessions.length === 0) return { ...page, records: [] };
    const ask = (method: 'GET' | 'POST', path: string, json?: unknown) =>
      withToken(account, client, async (token) => {
        const headers = { authorization: `Bearer ${token}` };
        const request = { method, path, headers, mostMebibytes: MOST_OF_PAGE };
        return (await client.send({ ...request, ...(json !== undefined && { json }) })).body;
      });
    const states = await ask('POST', '/capture/v2/status', { sessionIds: sessions });
    const records: CallRecord[] = [];
    for (const state of listIn(states, 'sessions')) {
      const id = textOf(memberOf(state, 'id'));
      const sessionId = textOf(memberOf(state, 'sessionId'));
      if (id === null || sessionId === null || !READY.has(String(memberOf(state, 'status')))) continue;
      const record = await ask('GET', `/interactions/v2/${encodeURIComponent(id)}`).catch((error) => {
        // Gone since.
        if (error instanceof VendorRefusal && error.status === 404) return null;
        throw error;
      });
      const read = callOfCreovai(record);
      if (read) records.push(read);
    }
    return { ...page, records };
  },

  skip: async ({ cursor, known }) => (await known.after(cursor as string | null, 1))[0] ?? null,
};
