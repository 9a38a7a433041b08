import { memberOf, textOf } from '../delivery-parts.js';
import { listIn } from '../record-parts.js';
import { VendorRefusal } from '../request/vendor-client.js';
import type { VendorCalls } from '../vendor.js';
import type { CallRecord } from '../vendor-message.js';
import { withToken } from './access-tokens.js';
import { callOfCreovai } from './creovai-record.js';

/** Each is a request of its own. */
const PAGE = 20;
const READY = new Set(['Complete', 'Concluded']);

/** Creovai has no list: the sessions that calls here are known by are looked up. */
export const creovaiCalls: VendorCalls = {
  async page({ cursor, known }, account, client) {
    const sessions = await known.after(cursor as string | null, PAGE);
    const total = cursor === null ? await known.count() : null;
    const next = sessions.length < PAGE ? null : (sessions.at(-1) ?? null);
    const page = { read: sessions.length, total, position: null, next };
    if (sessions.length === 0) return { ...page, records: [] };
    const ask = (method: 'GET' | 'POST', path: string, json?: unknown) =>
      withToken(account, client, async (token) => {
        const headers = { authorization: `Bearer ${token}` };
        return (await client.send({ method, path, headers, ...(json !== undefined && { json }) })).body;
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
};
