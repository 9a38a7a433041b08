import type { GroupName } from '../calls/group/call-group.values.js';
import type { CallTarget } from '../calls/reference/call-target.values.js';

/** null: the match rules decide. */
export type EventTarget = { sessionId: string } | { call: CallTarget } | { group: GroupName } | null;

export interface NewCallEvent {
  target: EventTarget;
  eventId: string | null;
  eventTime: Date;
  /** A merge patch (RFC 7396). */
  metadata: Record<string, unknown>;
}
