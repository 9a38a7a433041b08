import type { Account } from '../db/account.js';

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

/** Who is asking: the holder of one API key, or a signed-in person. Everything it reads or writes is its organization's. */
export interface Viewer {
  organization: { id: string; slug: string; name: string };
  /** A person has no key, and is one holder with all tokens: then it is `person:` and the issuer's name of the person. */
  keyId: string;
  kind: ActorKind;
  name: string;
  /** Set for STAFF, whose voice calls are its own only. */
  staffUid: string | null;
  scopes: Scope[];
  /** When a person's token ends; absent for a key, which the database is asked about. */
  expiresAt?: Date;
  /** What its request, or its subscription, has the database do is charged to. */
  readonly account: Account;
}
