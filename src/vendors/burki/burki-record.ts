import type { ReferenceValue } from '../../calls/reference/call-target.values.js';
import { isWithheld } from '../../foundation/phone-numbers.js';
import {
  decimalIn,
  defined,
  idIn,
  instantIn,
  numberIn,
  objectIn,
  secondsIn,
  some,
  storableJson,
  textIn,
} from '../record-parts.js';
import type { CallRecord } from '../vendor-message.js';

const CURRENCY = /^[A-Z]{3}$/;

/** Burki's CallResponse; null if it names no call. */
export function callOfBurki(record: unknown): CallRecord | null {
  const references = burkiReferences(idIn(record, 'id'), idIn(record, 'call_sid'));
  if (references.length === 0) return null;
  const assistantId = idIn(record, 'assistant_id');
  const metadata = objectIn(record, 'call_meta');
  return {
    references,
    values: defined({
      ...parties(numberIn(record, 'to_phone_number'), numberIn(record, 'customer_phone_number')),
      vendorStatus: textIn(record, 'status'),
      assistant:
        assistantId === undefined ? undefined : assistantOf(assistantId, textIn(record, 'assistant_name')),
      duration: secondsIn(record, 'duration'),
      startedAt: instantIn(record, 'started_at'),
      endedAt: instantIn(record, 'ended_at'),
      cost: costOf(record),
      metadata: metadata && (storableJson(metadata) as Record<string, unknown>),
    }),
  };
}

export function burkiReferences(id: string | undefined, callSid: string | undefined): ReferenceValue[] {
  return Object.entries({ id, callSid }).flatMap(([name, value]) =>
    value === undefined ? [] : [{ system: 'BURKI' as const, name, value }],
  );
}

/** Burki does not say who called; only a caller can withhold a number. */
export function parties(to: string | undefined, customerNumber: string | undefined) {
  const isAnonymous = customerNumber !== undefined && isWithheld(customerNumber);
  return {
    to,
    customerNumber,
    originator: isAnonymous ? { number: { anonymous: true } } : undefined,
  };
}

export const assistantOf = (assistantId: string, name?: string | undefined) => ({
  assistantId,
  ...(name === undefined ? {} : { name }),
});

function costOf(record: unknown) {
  const amounts = some({
    total: decimalIn(record, 'total_cost'),
    llm: decimalIn(record, 'llm_cost'),
    tts: decimalIn(record, 'tts_cost'),
    stt: decimalIn(record, 'stt_cost'),
    telephony: decimalIn(record, 'telephony_cost'),
  });
  const currency = textIn(record, 'cost_currency') ?? 'USD';
  return amounts === undefined || !CURRENCY.test(currency) ? undefined : { currency, ...amounts };
}
