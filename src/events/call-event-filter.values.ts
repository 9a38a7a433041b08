import type { InstantRange } from '../foundation/ranges.js';
import type { CallEventMatch } from './call-event.enums.js';

export interface CallEventFilter {
  match?: CallEventMatch[];
  sessionId?: string;
  eventId?: string;
  group?: { kind: string; key: string };
  eventTime?: InstantRange;
}
