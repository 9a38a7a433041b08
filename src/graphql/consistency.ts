import type { KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Account } from '../db/connection/account.js';
import type { Place, Replicas } from '../db/replicas/replicas.js';
import { keyOf, type SealedPositions, sealedPositions } from './log-cursors.js';

/** Of requests and answers. */
export const HEADER = 'consistency-token';
/** Member of `extensions`, of requests and answers. */
export const EXTENSION = 'consistencyToken';
/** Stands for the moment when the request comes, and so does any text that is no token, as a change cursor. */
export const NOW = 'now';

const MOST_ORGANIZATIONS = 1_000;
const MOST_TOKENS = 16;

/** What an operation's client has seen already, and what it has seen after the answer. */
export interface Consistency {
  /** Whether the client has named what it has seen. */
  readonly isGiven: boolean;
  /** Whether its operation was executed. */
  hasBegun: boolean;
  /** @param tokens with commas between */
  require(tokens: string): void;
  /** The token of what the account has been shown. */
  seen(account: Account): Promise<string>;
  /** Something was shown or written in a way that has no token. */
  touch(): void;
}

export function consistencyOf(secret: KeyObject, replicas: Replicas): (organization: string) => Consistency {
  const known = new LRUCache<string, SealedPositions>({ max: MOST_ORGANIZATIONS });
  return (organization) => {
    const sealed =
      known.get(organization) ?? sealedPositions(keyOf(secret, 'consistency tokens', organization));
    known.set(organization, sealed);
    return new OrganizationConsistency(organization, sealed, replicas);
  };
}

class OrganizationConsistency implements Consistency {
  readonly #organization: string;
  readonly #sealed: SealedPositions;
  readonly #replicas: Replicas;
  isGiven = false;
  hasBegun = false;

  constructor(organization: string, sealed: SealedPositions, replicas: Replicas) {
    this.#organization = organization;
    this.#sealed = sealed;
    this.#replicas = replicas;
  }

  require(tokens: string): void {
    this.isGiven = true;
    const given = tokens.split(',', MOST_TOKENS + 1).map((token) => token.trim());
    const places = given.map((token) => placeIn(this.#sealed, token));
    if (given.length > MOST_TOKENS || places.includes(null)) this.touch();
    for (const place of places) {
      if (place !== null) this.#replicas.require(this.#organization, place);
    }
  }

  async seen(account: Account): Promise<string> {
    const place = await this.#replicas.placeOf(account);
    return place === null ? NOW : this.#sealed.of({ label: place.lsn.toString(), seq: place.epoch });
  }

  touch(): void {
    this.#replicas.require(this.#organization, null);
  }
}

function placeIn(sealed: SealedPositions, token: string): Place | null {
  const position = sealed.read(token);
  return position === null ? null : { lsn: BigInt(position.label), epoch: position.seq };
}
