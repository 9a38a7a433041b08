import type { CallStatus } from '../../calls/call.enums.js';
import { isTerminal, statusOfWord } from '../../calls/call-status.js';
import type { ShownCall } from '../../db/tables/call-columns.js';

export interface BurkiNames {
  id: string | null;
  callSid: string | null;
}

/** Burki's CallResponse. What is not known is null, also where Burki requires a value. */
export function burkiCall(call: ShownCall, { id, callSid }: BurkiNames) {
  const { assistant, cost } = call;
  return {
    id: integerOf(id),
    call_sid: callSid,
    assistant_id: integerOf(assistant?.assistantId),
    assistant_name: assistant?.name ?? null,
    to_phone_number: call.to,
    customer_phone_number: call.customerNumber,
    status: burkiStatus(call),
    duration: call.duration,
    started_at: timeOf(call.startedAt),
    ended_at: timeOf(call.endedAt),
    call_meta: call.metadata,
    total_cost: numberOf(cost?.total),
    llm_cost: numberOf(cost?.llm),
    tts_cost: numberOf(cost?.tts),
    stt_cost: numberOf(cost?.stt),
    telephony_cost: numberOf(cost?.telephony),
    cost_currency: cost?.currency ?? null,
  };
}

function integerOf(text: string | null | undefined): number | null {
  const number = /^-?\d+$/.test(text ?? '') ? Number(text) : Number.NaN;
  return Number.isSafeInteger(number) ? number : null;
}

const numberOf = (decimal: string | null | undefined) => (decimal == null ? null : Number(decimal));

/** Without a fraction of zeros, as Burki writes it. */
const timeOf = (time: Date | null) => time?.toISOString().replace('.000Z', 'Z') ?? null;

const COMPLETED: readonly CallStatus[] = ['COMPLETED', 'VOICEMAIL'];

/** Burki knows three: of the failed ones it does not say why. */
export function burkiStatus({ status, vendorStatus }: Pick<ShownCall, 'status' | 'vendorStatus'>) {
  if (status === 'UNKNOWN') return vendorStatus;
  return wordOf(status);
}

const wordOf = (status: CallStatus) =>
  COMPLETED.includes(status) ? 'completed' : isTerminal(status) ? 'failed' : 'ongoing';

/** The statuses that are shown as this word; a word that Burki does not have finds nothing. */
export function statusesOf(word: string, all: readonly CallStatus[]): CallStatus[] {
  const meant = statusOfWord(word, { duration: null });
  if (meant === 'UNKNOWN') return [];
  return all.filter((each) => each !== 'UNKNOWN' && wordOf(each) === wordOf(meant));
}
