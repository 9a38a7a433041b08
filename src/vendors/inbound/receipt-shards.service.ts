import { LRUCache } from 'lru-cache';
import { hashToken } from '../../identity/token.js';
import type { Receipt } from './inbound-message.store.js';
import type { NewMessage, ReceiptService, WebhookAccount } from './receipt.service.js';

export interface PlacedAccount extends WebhookAccount {
  readonly shard: number;
}

const MOST_PLACES = 10_000;

/** In the moment between two databases. */
class OrganizationMoves extends Error {
  readonly code = 'SB001';
}

/**
 * Takes webhooks in, for all databases. A token does not say where its account is, so that a vendor keeps its URL when the
 * organization is moved: it is looked for where it was found last, else everywhere.
 */
export class ReceiptShards {
  readonly #shards: readonly ReceiptService[];
  readonly #places = new LRUCache<string, number>({ max: MOST_PLACES });

  constructor(shards: readonly ReceiptService[]) {
    this.#shards = shards;
  }

  /**
   * Null if the token is unknown, has ended, or is of another system's account.
   * @throws if it may be that of a database which does not answer
   */
  async accountOf(system: string, token: string): Promise<PlacedAccount | null> {
    const hash = hashToken(token);
    const last = this.#shards.length === 1 ? 0 : this.#places.get(hash);
    if (last !== undefined) {
      const found = await this.#lookIn(last, system, hash);
      if (this.#shards.length === 1 || (found !== null && !found.isHeld)) return found;
    }
    const answers = await Promise.allSettled(
      this.#shards.map((_, shard) => this.#lookIn(shard, system, hash)),
    );
    const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? (answer.value ?? []) : []));
    const account = found.find(({ isHeld }) => !isHeld);
    if (account !== undefined) {
      this.#places.set(hash, account.shard);
      return account;
    }
    for (const answer of answers) if (answer.status === 'rejected') throw answer.reason;
    if (found.length > 0) throw new OrganizationMoves();
    return null;
  }

  store(account: PlacedAccount, message: NewMessage): Promise<Receipt> {
    return this.#at(account.shard).store(account, message);
  }

  async #lookIn(shard: number, system: string, hash: string): Promise<PlacedAccount | null> {
    const account = await this.#at(shard).accountOf(system, hash);
    return account && { ...account, shard };
  }

  #at(shard: number): ReceiptService {
    return this.#shards[shard] as ReceiptService;
  }
}
