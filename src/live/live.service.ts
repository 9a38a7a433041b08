import type { CallTarget } from '../calls/call-target.js';
import type { LogPosition } from '../changes/change.queries.js';
import { BEGINNING } from '../changes/log-position.js';
import { type Account, begunFor } from '../db/account.js';
import type { Database } from '../db/database.js';
import { sharedQuestion } from '../db/shared-read.js';
import type { Viewer } from '../identity/viewer.js';
import { refuseUnknown } from '../refusal.js';
import type { Means, Subscriber, Subscription } from './audience.js';
import type { Charges } from './charges.js';
import { liveQueries } from './live.queries.js';
import { LogPages } from './log-pages.js';
import { Subscribed } from './subscribed.js';
import { Tail } from './tail.js';
import { Teller } from './teller.js';
import { Turns } from './turns.js';

/** Pages of the log that are read, judged and answered at once for the subscriptions of one key. */
const PAGES_AT_ONCE = 8;

export interface LiveServiceOptions {
  database: Database;
  /** Hears of what goes wrong and is tried again. */
  failed(error: unknown): void;
  /** Where what subscriptions cause is charged. */
  charges: Charges;
}

/** Tells subscribers of the changes that were committed, through whichever gateway on this database. */
export class LiveService {
  readonly #means: Means;
  readonly #tail: Tail;
  readonly #teller: Teller;
  /** One statement for all who begin at once. */
  readonly #end: (account: Account, question: null) => Promise<LogPosition>;
  #subscribers = 0;
  #isClosed = false;

  constructor({ database, failed, charges }: LiveServiceOptions) {
    const queries = liveQueries(database.db);
    this.#end = sharedQuestion(async (organization) => {
      const [last] = await queries.end.execute({ organization });
      return last ?? BEGINNING;
    });
    const pages = new LogPages(queries, (account) => this.end(account));
    const turns = new Turns(PAGES_AT_ONCE);
    // What is still under way when this is closed fails without the database, and nothing is tried again.
    const told = (error: unknown) => this.#isClosed || failed(error);
    this.#means = { queries, pages, charges, turns, failed: told };
    this.#tail = new Tail(this.#means, database.signals);
    this.#teller = new Teller(database.signals, () => this.#tail.wake());
  }

  /**
   * The end of the organization's log as it is now: whatever is read from here on knows all that came before it. It is a
   * row's place, and not the horizon itself: a crash of Postgres may give transaction ids below that one out again.
   */
  end(account: Account): Promise<LogPosition> {
    return this.#end(account, null);
  }

  /**
   * The id of the record that a target names, which the call answers to also when it is joined into another one later.
   * Refuses with NOT_FOUND.
   */
  async recordOf({ organization, account }: Viewer, target: CallTarget): Promise<string> {
    const { system = null, name = null, value = null } = 'id' in target ? {} : target.reference;
    const id = 'id' in target ? target.id : null;
    const named = { organization: organization.id, id, system, name, value };
    const [record] = await begunFor(account, () => this.#means.queries.recordNamed.execute(named));
    return record?.id ?? refuseUnknown('Call', target, 'id' in target ? 'id' : 'reference');
  }

  /** How many subscribers there are, how many of them have caught up, how many different questions they have, and about how many organizations. */
  get counts(): { subscribers: number } & Tail['counts'] {
    return { subscribers: this.#subscribers, ...this.#tail.counts };
  }

  /**
   * Sends the subscriber what came behind the subscription's `after`, and then what comes: every change once, in the order
   * of the log. Answers at once, with what ends it. A database that is away is waited for.
   */
  subscribe(subscription: Subscription, subscriber: Subscriber): () => void {
    const subscribed = new Subscribed(this.#means, this.#tail, subscription, subscriber);
    this.#subscribers += 1;
    void subscribed.begin();
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#subscribers -= 1;
      subscribed.end();
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#teller.close();
    await this.#tail.stop();
  }
}
