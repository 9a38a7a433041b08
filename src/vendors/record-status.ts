import type { CallStatus } from '../calls/call.enums.js';
import { statusOfWord } from '../calls/call-status.js';
import type { CallRecord } from './vendor-message.js';

/** What a vendor's record says of the call's status, by itself. */
export const statusIn = ({ status, vendorStatus, duration = null }: CallRecord['values']): CallStatus =>
  status ?? (vendorStatus == null ? 'UNKNOWN' : statusOfWord(vendorStatus, { duration }));
