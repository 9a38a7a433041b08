import type { ReferenceValue } from '../../calls/reference/call-target.values.js';
import type { InstantRange } from '../../foundation/ranges.js';
import type { DeliveryKind, DeliveryState } from './delivery.enums.js';

export interface DeliveryFilter {
  state?: DeliveryState[];
  kind?: DeliveryKind[];
  account?: string;
  call?: { id: string } | { reference: ReferenceValue };
  createdAt?: InstantRange;
}
