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

/** What of a viewer decides what it is shown: those who agree in it are shown the same. */
export interface Sight {
  organization: Viewer['organization'];
  /** In one order. */
  scopes: Scope[];
  isPerson: boolean;
}

export function sightOf({ organization, scopes, expiresAt }: Viewer): Sight {
  const held = SCOPES.filter((scope) => scopes.includes(scope));
  return { organization, scopes: held, isPerson: expiresAt !== undefined };
}

/** Any viewer with this sight, at the cost of an account. It has nothing else: to ask for more throws. */
export function viewerOf({ organization, scopes, isPerson }: Sight, account: Account): Viewer {
  const unknown = (member: string): never => {
    throw new Error(`viewers who are shown the same have no ${member} in common`);
  };
  return {
    organization,
    scopes,
    account,
    ...(isPerson && { expiresAt: new Date(0) }),
    get keyId() {
      return unknown('keyId');
    },
    get kind() {
      return unknown('kind');
    },
    get name() {
      return unknown('name');
    },
    get staffUid() {
      return unknown('staffUid');
    },
  };
}
