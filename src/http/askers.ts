import { hash } from 'node:crypto';
import type { Viewer } from '../identity/viewer.js';

/** Whose turn a request takes; before its key is looked up that is known of those who have asked before. */
export interface Asker {
  organization: string;
  key: string;
}

/** An asker as it came: who it is, or was the last time. */
export interface Arrival extends Asker {
  /** Stands for the Authorization header, which is not kept; null without one. */
  readonly name: string | null;
}

/** So many are remembered; then the one that was noted first is forgotten, and is a stranger once more. */
const MOST_KNOWN = 10_000;

/**
 * Those without a key that is known to be good, new ones too: all together they have turns as one organization has, and
 * each network address in it as a key, so that tokens made up at random gain nothing.
 */
const STRANGERS = 'strangers';

/** Remembers who signed in with which Authorization header, by its hash. */
export class Askers {
  readonly #known = new Map<string, Asker>();

  arrivalOf(authorization: string | undefined, address = 'unknown'): Arrival {
    const name = authorization === undefined ? null : hash('sha256', authorization, 'base64');
    const known = name === null ? undefined : this.#known.get(name);
    return known === undefined
      ? { organization: STRANGERS, key: address, name }
      : { organization: known.organization, key: known.key, name };
  }

  /** Takes note of whom the request was found to be from; null is nobody. */
  identify({ name, organization, key }: Arrival, viewer: Viewer | null): void {
    if (name === null) return;
    if (viewer === null) {
      if (organization !== STRANGERS) this.#known.delete(name);
      return;
    }
    if (organization === viewer.organization.id && key === viewer.keyId) return;
    this.#known.set(name, { organization: viewer.organization.id, key: viewer.keyId });
    if (this.#known.size > MOST_KNOWN) this.#forgetFirst();
  }

  #forgetFirst(): void {
    for (const name of this.#known.keys()) {
      this.#known.delete(name);
      return;
    }
  }
}
