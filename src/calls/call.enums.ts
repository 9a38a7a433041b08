export const CALL_SYSTEMS = ['BURKI', 'CREOVAI', 'VCITA', 'BIRD', 'OTHER'] as const;
export type CallSystem = (typeof CALL_SYSTEMS)[number];

/** null allows any name. A mistyped name would split one call in two. */
export const REFERENCE_NAMES: Record<CallSystem, readonly string[] | null> = {
  BURKI: ['id', 'callSid'],
  CREOVAI: ['sessionId'],
  VCITA: ['uid', 'sourceId', 'externalUuid'],
  BIRD: ['id'],
  OTHER: null,
};

export const CALL_DIRECTIONS = ['INBOUND', 'OUTBOUND', 'INTERNAL', 'UNKNOWN'] as const;
export type CallDirection = (typeof CALL_DIRECTIONS)[number];

export const CALL_STATUSES = [
  'SCHEDULED',
  'QUEUED',
  'STARTING',
  'RINGING',
  'IN_PROGRESS',
  'COMPLETED',
  'NO_ANSWER',
  'VOICEMAIL',
  'BUSY',
  'CANCELED',
  'FAILED',
  'UNKNOWN',
] as const;
export type CallStatus = (typeof CALL_STATUSES)[number];
