import { HttpRefusal } from '../../http/http-refusal.js';
import { ASSISTANTS, CLIENTS, clientOf } from './company.js';
import { Random } from './random.js';
import { recordingId } from './recorded.js';

const HOUR = 3_600_000;
/** Calls that Burki has before they are imported: one in each hour. */
const OLD_CALLS = 240;

export interface CallsQuery {
  date_from?: string;
  date_to?: string;
  skip?: string;
  limit?: string;
}

/** A name from which the vendor knows the id. */
const sidOf = (id: number): string => `CA${id.toString(16).padStart(32, '0')}`;
export const idOfSid = (sid: string): number => Number.parseInt(sid.slice(2), 16);

/** What Burki's webhooks say: of calls that have ended, of one that it does not know, and one of a shape that is new. */
export function burkiMessages(): object[] {
  const newest = Math.floor(Date.now() / HOUR);
  const ended = (id: number) => ({ event: 'call_ended', call_sid: sidOf(id), status: 'completed' });
  return [
    ...[0, 1, 2, 3].map((index) => ended(newest - index)),
    ended(1),
    { event: 'agent_updated', version: 2 },
  ];
}

const durationOf = (id: number): number => 20 + (id % 160);

/** A page of Burki's list: one call in each hour, the newest first. */
export function listedCalls({ date_from, date_to, skip = '0', limit = '100' }: CallsQuery) {
  const newest = Math.floor(Date.now() / HOUR);
  const from = date_from === undefined ? 0 : Date.parse(date_from);
  const to = date_to === undefined ? Date.now() : Date.parse(date_to);
  const ids = Array.from({ length: OLD_CALLS }, (_, index) => newest - index);
  const found = ids.filter((id) => id * HOUR >= from && id * HOUR <= to);
  const items = found.slice(Number(skip), Number(skip) + Number(limit)).map(oldCall);
  return { items, total: found.length, skip: Number(skip), limit: Number(limit) };
}

/** @throws HttpRefusal */
export function oldCall(id: number) {
  const age = Math.floor(Date.now() / HOUR) - id;
  if (!(age >= 0 && age <= OLD_CALLS)) throw new HttpRefusal(404, 'NOT_FOUND', 'Call not found');
  const random = new Random('old call', id);
  const client = clientOf(random.integer(0, CLIENTS - 1));
  const assistant = random.pick(ASSISTANTS);
  const duration = durationOf(id);
  return {
    ...{ id, call_sid: sidOf(id), assistant_id: Number(assistant.assistantId) },
    ...{ assistant_name: assistant.name, to_phone_number: client.line.number },
    ...{ customer_phone_number: client.number, status: 'completed', duration },
    started_at: new Date(id * HOUR).toISOString(),
    ended_at: new Date(id * HOUR + duration * 1_000).toISOString(),
    ...{ total_cost: Number((duration * 0.0025).toFixed(4)), cost_currency: 'USD' },
    call_meta: { customer: { name: client.name }, imported: true },
  };
}

export function recordingsOf(callId: number) {
  const duration = durationOf(callId);
  const created_at = new Date(callId * HOUR + duration * 1_000).toISOString();
  const id = Number(recordingId(String(callId), duration));
  return [{ id, call_id: callId, duration, format: 'wav', status: 'completed', created_at }];
}
