import type { CallRow } from '../../db/tables/calls.js';
import {
  instantOf,
  instantOrNull,
  intOrNull,
  type OrderedCursors,
  type OrderedValue,
  orderedCursors,
} from '../../graphql/ordered-cursors.js';
import { occurredAt } from '../occurred-at.js';
import { type CallOrderField, NEWEST_FIRST } from './call-filter.values.js';
import type { CallList } from './call-list.queries.js';

type Listed = Pick<CallRow, 'id' | 'startedAt' | 'ringingAt' | 'createdAt' | 'updatedAt' | 'duration'>;

const VALUES: Record<Exclude<CallOrderField, 'CREATED_AT'>, OrderedValue<Listed>> = {
  STARTED_AT: instantOrNull((call) => call.startedAt),
  UPDATED_AT: instantOf((call) => call.updatedAt),
  DURATION: intOrNull((call) => call.duration),
  OCCURRED_AT: instantOf(occurredAt),
};

export function callCursors({ filter, order }: CallList, name = 'calls'): OrderedCursors<Listed> {
  const isDefault = order.field === NEWEST_FIRST.field && order.direction === NEWEST_FIRST.direction;
  const decides = { ...filter, ...(isDefault ? {} : { order }) };
  return orderedCursors(name, decides, order.field === 'CREATED_AT' ? null : VALUES[order.field]);
}
