import type { CallSystem } from '../../calls/call.enums.js';
import { sharedAccount } from '../../db/connection/account.js';
import type { Database } from '../../db/database.js';
import { type SharedRead, sharedRead } from '../../db/loading/shared-read.js';
import { newId } from '../../foundation/new-id.js';
import { vendorOf } from '../account/given-vendor.js';
import { type Receipt, storeMessage } from './inbound-message.store.js';
import { digestOf } from './message-digest.js';
import { webhookAccountQueries } from './receipt.queries.js';

export interface WebhookAccount {
  readonly organizationId: string;
  readonly id: string;
  readonly system: CallSystem;
  /** It is not here: the organization is being moved. */
  readonly isHeld: boolean;
}

export interface NewMessage {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  readonly query: string;
}

const ALL_ORGANIZATIONS = null;

/** Takes webhooks in: whose they are, and their bytes. What they say is for later. */
export class ReceiptService {
  readonly #database: Database;
  readonly #stored: () => void;
  readonly #accounts: SharedRead<WebhookAccount>;

  /** `stored` is called once a message is. */
  constructor(database: Database, stored: () => void) {
    this.#stored = stored;
    this.#database = database;
    const byHashes = webhookAccountQueries(database.signInDb);
    this.#accounts = sharedRead(async (_, hashes) => {
      const found = new Map<string, WebhookAccount>();
      for (const { hash, oldHash, isOldGood, ...account } of await byHashes.execute({ hashes })) {
        found.set(hash, account);
        if (oldHash !== null && isOldGood) found.set(oldHash, account);
      }
      return found;
    });
  }

  /** Null if the token is unknown, has ended, or is of another system's account. */
  async accountOf(system: string, tokenHash: string): Promise<WebhookAccount | null> {
    const account = (await this.#accounts(ALL_ORGANIZATIONS, [tokenHash])).get(tokenHash) ?? null;
    return account?.system.toLowerCase() === system ? account : null;
  }

  /** The same bytes again are a DUPLICATE, which changes nothing. */
  async store(account: WebhookAccount, message: NewMessage): Promise<Receipt> {
    const { id, createdAt } = newId();
    const { mayRepeat } = vendorOf(account.system).messages;
    const digest = digestOf(message.body, createdAt, mayRepeat);
    const receipt = await this.#database.statement(
      () => storeMessage(this.#database.db, account, { ...message, id, digest, receivedAt: createdAt }),
      sharedAccount(account.organizationId),
    );
    if (receipt === 'STORED') this.#stored();
    return receipt;
  }
}
