import type { Account } from '../db/connection/account.js';
import { type ActorKind, SCOPES, type Scope } from './identity.enums.js';

export interface Viewer {
  organization: {
    id: string;
    slug: string;
    name: string;
    /** Which of the databases has its rows; absent where there is one alone. */
    shard?: number;
  };
  /** For a person, with any token: `person:` + organization id + `:` + `sub`. */
  keyId: string;
  kind: ActorKind;
  name: string;
  staffUid: string | null;
  scopes: Scope[];
  /** Absent for a key, whose expiry the database checks. */
  expiresAt?: Date;
  /** The vendor account whose connector this is. */
  vendorAccountId?: string;
  /** The W3C trace context of the request, of 55 characters. */
  trace?: string;
  readonly account: Account;
}

export interface Visibility {
  organization: Viewer['organization'];
  scopes: Scope[];
  isPerson: boolean;
}

export function visibilityOf({ organization, scopes, expiresAt }: Viewer): Visibility {
  const held = SCOPES.filter((scope) => scopes.includes(scope));
  return { organization, scopes: held, isPerson: expiresAt !== undefined };
}

export function viewerOf({ organization, scopes, isPerson }: Visibility, account: Account): Viewer {
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
