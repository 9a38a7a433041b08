export const ACTOR_KINDS = ['STAFF', 'APP', 'DIRECTORY'] as const;
export type ActorKind = (typeof ACTOR_KINDS)[number];

export const SCOPES = [
  'CALLS_READ',
  'CALLS_WRITE',
  'METADATA_WRITE',
  'EVENTS_WRITE',
  'VOICE_CALLS_WRITE',
  'CALL_FLOWS_WRITE',
  'ADMIN',
] as const;
export type Scope = (typeof SCOPES)[number];

export const ACTOR_TYPES = ['API_KEY', 'PERSON', 'VENDOR_ACCOUNT'] as const;
export type ActorType = (typeof ACTOR_TYPES)[number];
