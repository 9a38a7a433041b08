import type { CallEventMatch } from '../../events/call-event.enums.js';
import type { CallEventFilter } from '../../events/call-event-filter.values.js';
import type { ChangedEvent } from './event-changes.queries.js';

export type EventInterest = CallEventFilter;

type JudgedEvent = Pick<
  ChangedEvent,
  'match' | 'sessionId' | 'eventId' | 'groupKind' | 'groupKey' | 'eventTime' | 'waited'
>;

const UNDECIDED: readonly CallEventMatch[] = ['PENDING', 'AMBIGUOUS'];

/** Also an event that waited and has been decided, if the filter found it until then: it leaves the inbox. */
export function isEventSent(filter: EventInterest, event: JudgedEvent): boolean {
  if (isEventFound(filter, event)) return true;
  const hasLeft = event.waited === true && UNDECIDED.some((match) => filter.match?.includes(match));
  return hasLeft && isEventFound({ ...filter, match: [event.match] }, event);
}

/** Must agree with `eventConditions`. */
export function isEventFound(
  { match, sessionId, eventId, group, eventTime: { from, to } = {} }: EventInterest,
  event: JudgedEvent,
): boolean {
  return (
    (match === undefined || match.includes(event.match)) &&
    (sessionId === undefined || sessionId === event.sessionId) &&
    (eventId === undefined || eventId === event.eventId) &&
    (group === undefined || (group.kind === event.groupKind && group.key === event.groupKey)) &&
    (from === undefined || event.eventTime >= from) &&
    (to === undefined || event.eventTime < to)
  );
}
