export const CALL_DIMENSIONS = [
  'STATUS',
  'VENDOR_STATUS',
  'DIRECTION',
  'SYSTEM',
  'ASSISTANT',
  'CHANNEL',
  'STAFF',
  'TAG',
  'VOICE_CALL_STATUS',
] as const;
export type CallDimension = (typeof CALL_DIMENSIONS)[number];

export const TIME_BUCKETS = ['HOUR', 'DAY', 'WEEK', 'MONTH'] as const;
export type TimeBucket = (typeof TIME_BUCKETS)[number];
