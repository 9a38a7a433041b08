import { timeOfId } from '../db/new-id.js';
import type { CallRow } from '../db/tables/calls.js';
import { contains } from '../metadata/contains.js';
import type { InstantRange, NumberRange } from '../ranges.js';
import type { CallSystem } from './call.enums.js';
import type { CallFilter, MetadataFilter } from './call-filter.js';
import type { GroupName } from './call-group.store.js';

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

/** A call at one moment, as far as filters look at it. */
export interface CallSnapshot extends Pick<CallRow, Column> {
  /** Those that have a name for it. */
  systems: readonly CallSystem[];
  groups: readonly GroupName[];
  hasVoiceCall: boolean;
}

/**
 * Whether the filter finds the call: in memory what `callConditions` is in SQL, member by member. Not of a record that was
 * joined into another, which no filter finds.
 */
export function isFound(filter: CallFilter, call: CallSnapshot): boolean {
  const { status, direction, system, group, hasVoiceCall, assistantId } = filter;
  return (
    (status === undefined || status.includes(call.status)) &&
    (direction === undefined || direction.includes(call.direction)) &&
    (system === undefined || call.systems.some((each) => system.includes(each))) &&
    is(filter.from, call.from) &&
    is(filter.to, call.to) &&
    is(filter.customerNumber, call.customerNumber) &&
    is(assistantId, call.assistant?.assistantId ?? null) &&
    is(filter.channelId, call.channelId) &&
    (group === undefined || call.groups.some(({ kind, key }) => kind === group.kind && key === group.key)) &&
    isTagged(filter.tags, call.tags) &&
    isDescribed(filter.metadata, call.metadata) &&
    isWithin(filter.createdAt, timeOfId(call.id)) &&
    isWithin(filter.updatedAt, call.updatedAt) &&
    isWithin(filter.startedAt, call.startedAt) &&
    isWithin(filter.endedAt, call.endedAt) &&
    isBetween(filter.duration, call.duration) &&
    (hasVoiceCall === undefined || hasVoiceCall === call.hasVoiceCall)
  );
}

function is(wanted: string | undefined, value: string | null): boolean {
  return wanted === undefined || value === wanted;
}

function isTagged({ anyOf, allOf }: NonNullable<CallFilter['tags']> = {}, tags: readonly string[]): boolean {
  return (
    (anyOf === undefined || anyOf.some((tag) => tags.includes(tag))) &&
    (allOf === undefined || allOf.every((tag) => tags.includes(tag)))
  );
}

function isDescribed({ contains: part, anyOf, hasKeys }: MetadataFilter = {}, metadata: object): boolean {
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
