import { isCut } from '../../db/lists/conditions.js';
import type { CallRow } from '../../db/tables/calls.js';
import { timeOfId } from '../../foundation/new-id.js';
import { comparableNumber } from '../../foundation/phone-numbers.js';
import type { InstantRange, NumberRange } from '../../foundation/ranges.js';
import { contains } from '../../metadata/contains.js';
import type { DeliveryState } from '../../vendors/delivery/delivery.enums.js';
import type { CallSystem } from '../call.enums.js';
import type { GroupName } from '../group/call-group.values.js';
import { occurredAt } from '../occurred-at.js';
import type { CallFilter, MetadataFilter } from './call-filter.values.js';
import { isFoundBySearch, type SearchedCall } from './call-search.js';
import type { RecordedName, SnapshotTranscript, SnapshotVoiceCall } from './call-snapshot.values.js';

type Column =
  | 'id'
  | 'createdAt'
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
  | 'ringingAt'
  | 'startedAt'
  | 'endedAt'
  | 'duration';

export interface CallSnapshot extends Pick<CallRow, Column>, SearchedCall {
  references: readonly { system: CallSystem; value: string }[];
  groups: readonly GroupName[];
  voiceCall: SnapshotVoiceCall | null;
  recordings: readonly RecordedName[];
  /** Empty unless a filter asks for them. */
  transcripts: readonly SnapshotTranscript[];
  deliveryStates: readonly DeliveryState[];
}

/** Must agree with `callConditions`. Not for joined records, which no filter finds. */
export function isFound(filter: CallFilter, call: CallSnapshot): boolean {
  const { status, direction, system, group, hasVoiceCall, assistantId, clientUid, staffUid } = filter;
  const { search, hasRecording, deliveryState, and, or, not } = filter;
  const { voiceCall } = call;
  return (
    (status === undefined || status.includes(call.status)) &&
    (direction === undefined || direction.includes(call.direction)) &&
    (system === undefined || call.references.some((each) => system.includes(each.system))) &&
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
    isWithin(filter.occurredAt, occurredAt(call)) &&
    isBetween(filter.duration, call.duration) &&
    (hasVoiceCall === undefined || hasVoiceCall === (voiceCall !== null)) &&
    isOneOf(staffUid, voiceCall?.staffUid, voiceCall?.handledByStaffUid) &&
    isOneOf(clientUid, voiceCall?.clientUid) &&
    (hasRecording === undefined || hasRecording === call.recordings.length > 0) &&
    isOneOf(deliveryState, ...call.deliveryStates) &&
    (search === undefined || isFoundBySearch(search, call)) &&
    (and === undefined || (and.length > 0 && and.every((each) => isFound(each, call)))) &&
    (or === undefined || or.some((each) => isFound(each, call))) &&
    (not === undefined || !isFound(not, call))
  );
}

function isEqual(expected: string | undefined, value: string | null): boolean {
  return expected === undefined || value === expected;
}

function isOneOf(
  expected: readonly string[] | undefined,
  ...values: readonly (string | null | undefined)[]
): boolean {
  return expected === undefined || values.some((value) => value != null && expected.includes(value));
}

function isNumber(expected: string | undefined, value: string | null): boolean {
  if (expected === undefined) return true;
  if (value === null || comparableNumber(value) !== comparableNumber(expected)) return false;
  return !isCut(expected) || value === expected;
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
