import { refuse, refuseIf, type UserErrorData } from '../../foundation/refusal.js';
import { checkStrings, problem } from '../../graphql/input-checks.js';
import { PhoneNumber } from '../../graphql/scalars.js';
import {
  SLICE_COMPARISONS,
  SLICE_FIELDS,
  type SliceComparison,
  type SliceField,
  type VoiceCallSlice,
} from '../../voice-calls/voice-call-slice.values.js';
import { instantOf } from '../instants.js';
import { described, integer, object, STRING } from '../schemas.js';
import { snakeCase } from './vcita-voice-call.js';

const FIELDS = new Map(SLICE_FIELDS.map((field) => [snakeCase(field), field]));
const FILTER = /^filter\[(\w+)\](?:\[(\w+)\])?$/;
const NAMES = [...FIELDS.keys()].map((name) => `\`${name}\``).join(', ');

export const LIST_QUERY = object({
  page: { ...described(integer(1, 10_000), 'From 1.'), default: 1 },
  per_page: { ...described(integer(1, 100), 'Voice calls in a page.'), default: 25 },
  sort: {
    ...described(STRING, `Fields, each with \`asc\` or \`desc\`, separated by commas. They are ${NAMES}.`),
    default: 'updated_at:desc',
  },
  filter: described(
    STRING,
    `Given as \`filter[FIELD]=VALUE\` or \`filter[FIELD][COMPARISON]=VALUE\`, with \`eq\`, \`gt\`, \`gte\`, \`lt\` or \`lte\`.`,
  ),
});

export interface ListQuery extends Record<string, unknown> {
  page: number;
  per_page: number;
  sort: string;
}

/** @throws Refusal INVALID */
export function sliceOf({ page, per_page, sort, ...rest }: ListQuery): VoiceCallSlice {
  const filters = Object.entries(rest).filter(([name]) => name.startsWith('filter'));
  refuseIf(filters.flatMap(([name, value]) => checkStrings(value, [name])));
  return {
    conditions: filters.map(([name, value]) => conditionOf(name, value)),
    orders: sort.split(',').map(orderOf),
    skip: (page - 1) * per_page,
    limit: per_page,
  };
}

function orderOf(text: string): VoiceCallSlice['orders'][number] {
  const [name = '', direction = 'asc', ...more] = text.trim().split(':');
  const field = FIELDS.get(name);
  const way = direction.toLowerCase();
  if (field === undefined || more.length > 0 || (way !== 'asc' && way !== 'desc')) {
    return refuse('INVALID', `sort takes FIELD:asc or FIELD:desc; the fields are ${NAMES}.`, ['sort']);
  }
  return { field, direction: way === 'asc' ? 'ASC' : 'DESC' };
}

function conditionOf(name: string, text: unknown): VoiceCallSlice['conditions'][number] {
  const [, field = '', comparison = 'eq'] = FILTER.exec(name) ?? [];
  const known = FIELDS.get(field);
  const isComparison = (word: string): word is SliceComparison =>
    SLICE_COMPARISONS.some((each) => each === word);
  if (known === undefined || !isComparison(comparison) || typeof text !== 'string') {
    return refuse('INVALID', `${name} is no filter; the fields are ${NAMES}.`, [name]);
  }
  const value = valueIn(known, text);
  refuseIf(value === null ? wrong(name, known) : []);
  return { field: known, comparison, value: value ?? text };
}

const wrong = (name: string, field: SliceField): UserErrorData[] =>
  problem([name], `${name} must be a ${field === 'duration' ? 'number of seconds' : 'time in ISO 8601'}.`);

/** Null for what is no value of the field. */
function valueIn(field: SliceField, text: string): string | number | Date | null {
  if (field === 'createdAt' || field === 'updatedAt') return instantOf(text);
  if (field === 'duration') return /^\d{1,9}$/.test(text) ? Number(text) : null;
  if (field === 'fromNumber' || field === 'toNumber') return numberOf(text);
  return text;
}

/** As numbers are stored; a part of one is compared as it is. */
function numberOf(text: string): string {
  try {
    return PhoneNumber.parseValue(text);
  } catch {
    return text;
  }
}
