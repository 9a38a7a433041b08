export const DELIVERY_KINDS = ['METADATA', 'EVENT', 'VOICE_CALL', 'CALL_FLOW', 'HANG_UP'] as const;
export type DeliveryKind = (typeof DELIVERY_KINDS)[number];

export const DELIVERY_STATES = [
  'PENDING',
  'RETRYING',
  'DELIVERED',
  'DELIVERED_DIFFERENT',
  'DEAD',
  'SUPERSEDED',
  'EXPIRED',
  'INCOMPLETE',
  'DISCARDED',
] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];
