import { checkCallLocator, checkGroup, checkReferenceValue, toCallTarget } from '../calls/call.input.js';
import type { UserErrorData } from '../foundation/refusal.js';
import { checkLength, checkStrings, problem } from '../graphql/input-checks.js';
import type { Nothing, Only } from '../graphql/only.js';
import { checkWholeMetadata } from '../metadata/metadata.checks.js';
import type { MetadataLimits } from '../metadata/metadata.store.js';
import type { EventTarget, NewCallEvent } from './new-call-event.js';
import type { CallEventTarget, RecordCallEventInput } from './record-call-event.input.js';

const EVENT_ID: [number, number] = [1, 500];
/** The tolerance for a sender's clock, in milliseconds. */
const AHEAD = 5 * 60_000;

export function checkCallEvent(
  input: RecordCallEventInput,
  path: string[],
  limits: MetadataLimits,
): UserErrorData[] {
  const at = (...names: string[]) => [...path, ...names];
  return [
    ...checkStrings(input, path),
    ...(input.target == null ? [] : checkTarget(input.target, at('target'))),
    ...checkLength(input.eventId, at('eventId'), EVENT_ID),
    ...checkTime(input.eventTime, at('eventTime')),
    ...checkWholeMetadata(input.metadata, at('metadata'), limits),
  ];
}

function checkTarget({ sessionId, call, group }: CallEventTarget, path: string[]): UserErrorData[] {
  if (call != null) return checkCallLocator(call, [...path, 'call']);
  if (group != null) return checkGroup(group, [...path, 'group']);
  return checkReferenceValue(sessionId, [...path, 'sessionId']);
}

function checkTime(time: Date, path: string[]): UserErrorData[] {
  if (time.getTime() <= Date.now() + AHEAD) return [];
  return problem(path, 'eventTime must not be more than five minutes in the future.');
}

export function toCallEvent(input: RecordCallEventInput, path: string[]): NewCallEvent {
  const { target, eventId, eventTime, metadata, ...rest } = input;
  rest satisfies Only<typeof rest, Nothing>;
  return { target: toTarget(target, [...path, 'target']), eventId: eventId ?? null, eventTime, metadata };
}

function toTarget(target: CallEventTarget | null | undefined, path: string[]): EventTarget {
  if (target == null) return null;
  const { sessionId, call, group, ...rest } = target;
  rest satisfies Only<typeof rest, Nothing>;
  if (call != null) return { call: toCallTarget(call, [...path, 'call']) };
  if (group != null) return { group: { kind: group.kind, key: group.key } };
  return { sessionId: sessionId?.trim() ?? '' };
}
