import type { InstantRange } from '../../foundation/ranges.js';
import type { InboundMessageState } from './inbound-message.enums.js';

export interface InboundMessageFilter {
  state?: InboundMessageState[];
  /** Its uuid. */
  account?: string;
  receivedAt?: InstantRange;
}
