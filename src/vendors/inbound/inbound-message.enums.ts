export const INBOUND_MESSAGE_STATES = [
  'APPLIED',
  'UNCHANGED',
  'UNMATCHED',
  'UNRECOGNISED',
  'REFUSED',
  'FAILED',
] as const;
export type InboundMessageState = (typeof INBOUND_MESSAGE_STATES)[number];
