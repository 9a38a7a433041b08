import type { Viewer } from '../identity/viewer.js';
import type { Sender } from './sender.js';

export interface Client {
  organization: string;
  key: string;
}

const MOST_KNOWN = 10_000;

/** Clients without a known key share one organization, so that made-up tokens gain nothing. */
const UNKNOWN = 'unknown';

/** Knows a client by its token's hash, so that the queue is fair before a key is looked up. */
export class KnownClients {
  readonly #clients = new Map<string, Client>();

  clientOf({ token, address }: Sender): Client {
    const client = token === null ? undefined : this.#clients.get(token.hash);
    return client ?? { organization: UNKNOWN, key: address };
  }

  identify({ token }: Sender, viewer: Viewer | null): void {
    if (token === null) return;
    if (viewer === null) {
      this.#clients.delete(token.hash);
      return;
    }
    const client = this.#clients.get(token.hash);
    if (client?.organization === viewer.organization.id && client.key === viewer.keyId) return;
    this.#clients.set(token.hash, { organization: viewer.organization.id, key: viewer.keyId });
    if (this.#clients.size > MOST_KNOWN) this.#forgetFirst();
  }

  #forgetFirst(): void {
    for (const hash of this.#clients.keys()) {
      this.#clients.delete(hash);
      return;
    }
  }
}
