import type { GroupName } from '../calls/call-group.store.js';
import type { CallTarget } from '../calls/call-target.js';

/** What an event names: a CREOVAI session, a call, a group, or (null) nothing, so that the match rules decide. */
export type EventTarget = { sessionId: string } | { call: CallTarget } | { group: GroupName } | null;

/** A validated event. */
export interface NewCallEvent {
  target: EventTarget;
  /** The sender's own id of the event: a second event with the same one is the same event. */
  eventId: string | null;
  /** The time that its metadata counts for. */
  eventTime: Date;
  /** A merge patch (RFC 7396). */
  metadata: Record<string, unknown>;
}
