import type { InstantRange } from '../ranges.js';
import type { CallEventMatch } from './call-event.enums.js';

/** Every member given must hold; what is no condition is absent. */
export interface CallEventFilter {
  match?: CallEventMatch[];
  sessionId?: string;
  /** The sender's own id. */
  eventId?: string;
  group?: { kind: string; key: string };
  eventTime?: InstantRange;
}
