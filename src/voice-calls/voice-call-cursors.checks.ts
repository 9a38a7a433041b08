import type { VoiceCallRow } from '../db/tables/voice-calls.js';
import {
  instantOf,
  intOrNull,
  type OrderedCursors,
  type OrderedValue,
  orderedCursors,
} from '../graphql/ordered-cursors.js';
import type { VoiceCallList, VoiceCallOrderField } from './voice-call-filter.values.js';

const VALUES: Record<Exclude<VoiceCallOrderField, 'CREATED_AT'>, OrderedValue<VoiceCallRow>> = {
  UPDATED_AT: instantOf((voiceCall) => voiceCall.updatedAt),
  DURATION: intOrNull((voiceCall) => voiceCall.duration),
};

export function voiceCallCursors({ filter, order }: VoiceCallList): OrderedCursors<VoiceCallRow> {
  const isDefault = order.field === 'CREATED_AT' && order.direction === 'DESC';
  const decides = { ...filter, ...(isDefault ? {} : { order }) };
  return orderedCursors('voice-calls', decides, order.field === 'CREATED_AT' ? null : VALUES[order.field]);
}
