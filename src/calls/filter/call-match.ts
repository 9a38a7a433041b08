import type { CallRow } from '../../db/tables/calls.js';
import { timeOfId } from '../../foundation/new-id.js';
import { spellingsOf } from '../../foundation/phone-numbers.js';
import type { InstantRange, NumberRange } from '../../foundation/ranges.js';
import { contains } from '../../metadata/contains.js';
import type { CallSystem } from '../call.enums.js';
import type { GroupName } from '../group/call-group.values.js';
import type { CallFilter, MetadataFilter } from './call-filter.values.js';

type Column =
  | 'id'
  | 'status'
  | 'direction'
  | 'from'
  | 'to'
  | 'customerNumber'
  | 'assistant'
  | 'channelId'
  | 'tags'
  | 'metadata'
  | 'updatedAt'
  | 'startedAt'
  | 'endedAt'
  | 'duration';

export interface CallSnapshot extends Pick<CallRow, Column> {
  systems: readonly CallSystem[];
  groups: readonly GroupName[];
  hasVoiceCall: boolean;
}

/** Must agree with `callConditions`. Not for joined records, which no filter finds. */
export function isFound(filter: CallFilter, call: CallSnapshot): boolean {
  const { status, direction, system, group, hasVoiceCall, assistantId } = filter;
  return (
    (status === undefined || status.includes(call.status)) &&
    (direction === undefined || direction.includes(call.direction)) &&
    (system === undefined || call.systems.some((each) => system.includes(each))) &&
    isNumber(filter.from, call.from) &&
    isNumber(filter.to, call.to) &&
    isNumber(filter.customerNumber, call.customerNumber) &&
    isEqual(assistantId, call.assistant?.assistantId ?? null) &&
    isEqual(filter.channelId, call.channelId) &&
    (group === undefined || call.groups.some(({ kind, key }) => kind === group.kind && key === group.key)) &&
    isTagged(filter.tags, call.tags) &&
    hasMetadata(filter.metadata, call.metadata) &&
    isWithin(filter.createdAt, timeOfId(call.id)) &&
    isWithin(filter.updatedAt, call.updatedAt) &&
    isWithin(filter.startedAt, call.startedAt) &&
    isWithin(filter.endedAt, call.endedAt) &&
    isBetween(filter.duration, call.duration) &&
    (hasVoiceCall === undefined || hasVoiceCall === call.hasVoiceCall)
  );
}

function isEqual(expected: string | undefined, value: string | null): boolean {
  return expected === undefined || value === expected;
}

function isNumber(expected: string | undefined, value: string | null): boolean {
  return expected === undefined || (value !== null && spellingsOf(expected).includes(value));
}

function isTagged({ anyOf, allOf }: NonNullable<CallFilter['tags']> = {}, tags: readonly string[]): boolean {
  return (
    (anyOf === undefined || anyOf.some((tag) => tags.includes(tag))) &&
    (allOf === undefined || allOf.every((tag) => tags.includes(tag)))
  );
}

function hasMetadata({ contains: part, anyOf, hasKeys }: MetadataFilter = {}, metadata: object): boolean {
  return (
    (part === undefined || contains(metadata, part)) &&
    (anyOf === undefined || anyOf.some((each) => contains(metadata, each))) &&
    (hasKeys === undefined || hasKeys.every((key) => Object.hasOwn(metadata, key)))
  );
}

function isWithin(range: InstantRange | undefined, instant: Date | null): boolean {
  if (range === undefined || (range.from === undefined && range.to === undefined)) return true;
  if (instant === null) return false;
  const { from, to } = range;
  return (from === undefined || instant >= from) && (to === undefined || instant < to);
}

function isBetween(range: NumberRange | undefined, value: number | null): boolean {
  if (range === undefined || (range.min === undefined && range.max === undefined)) return true;
  if (value === null) return false;
  return (range.min === undefined || value >= range.min) && (range.max === undefined || value <= range.max);
}
