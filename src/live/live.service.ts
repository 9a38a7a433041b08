import type { CallTarget } from '../calls/call-target.js';
import type { LogPosition } from '../changes/change.queries.js';
import { BEGINNING, comparePositions } from '../changes/log-position.js';
import { type Account, begunFor, newAccount } from '../db/account.js';
import type { Database } from '../db/database.js';
import { sharedQuestion } from '../db/shared-read.js';
import type { Viewer } from '../identity/viewer.js';
import { refuseUnknown } from '../refusal.js';
import { framesOf, type Subscriber, type Subscription } from './audience.js';
import { Batch } from './batch.js';
import type { Feed } from './feed.js';
import { type ChangeRow, type LiveQueries, liveQueries, PAGE } from './live.queries.js';
import { mayPass, persistently } from './persistently.js';
import { Tail } from './tail.js';
import { Teller } from './teller.js';

export interface LiveServiceOptions {
  database: Database;
  /** Hears of what goes wrong and is tried again. */
  failed(error: unknown): void;
}

/** Tells subscribers of the changes that were committed, through whichever gateway on this database. */
export class LiveService {
  readonly #queries: LiveQueries;
  readonly #failed: (error: unknown) => void;
  readonly #tail: Tail;
  readonly #teller: Teller;
  /** One statement for all who begin at once. */
  readonly #end: (account: Account, question: null) => Promise<LogPosition>;
  #subscribers = 0;

  constructor({ database, failed }: LiveServiceOptions) {
    const queries = liveQueries(database.db);
    this.#queries = queries;
    this.#failed = failed;
    this.#tail = new Tail(queries, database.signals, failed);
    this.#teller = new Teller(database.signals, () => this.#tail.wake());
    this.#end = sharedQuestion(async (organization) => {
      const [last] = await queries.end.execute({ organization });
      return last ?? BEGINNING;
    });
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
    const [record] = await begunFor(account, () => this.#queries.recordNamed.execute(named));
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
    const endOfLog = (account: Account) => this.end(account);
    const subscribed = new Subscribed(this.#queries, endOfLog, this.#tail, subscription, subscriber);
    this.#subscribers += 1;
    void subscribed.begin(this.#failed);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#subscribers -= 1;
      subscribed.end();
    };
  }

  async close(): Promise<void> {
    this.#teller.close();
    await this.#tail.stop();
  }
}

/** One subscriber, from the replay of what it has missed to its leave. */
class Subscribed {
  readonly #queries: LiveQueries;
  readonly #endOfLog: (account: Account) => Promise<LogPosition>;
  readonly #tail: Tail;
  readonly #subscription: Subscription;
  readonly #subscriber: Subscriber;
  #feed: Feed | null = null;
  #isOver = false;

  constructor(
    queries: LiveQueries,
    endOfLog: (account: Account) => Promise<LogPosition>,
    tail: Tail,
    subscription: Subscription,
    subscriber: Subscriber,
  ) {
    this.#queries = queries;
    this.#endOfLog = endOfLog;
    this.#tail = tail;
    this.#subscription = subscription;
    this.#subscriber = subscriber;
  }

  async begin(failed: (error: unknown) => void): Promise<void> {
    const isWanted = () => !this.#isOver;
    const giveUp = (error: unknown) => {
      if (!mayPass(error)) throw error;
      failed(error);
    };
    try {
      const end = await persistently(() => this.#endOfLog(this.#newAccount()), isWanted, giveUp);
      if (end === undefined || this.#isOver) return;
      const feed = this.#tail.open(this.#subscription.organization, end);
      this.#feed = feed;
      let position = this.#subscription.after ?? end;
      // What the feed has read already it will not read again; in the same turn in which this one has caught up, it is let in.
      while (comparePositions(position, feed.position) < 0) {
        const from = position;
        const next = await persistently((attempt) => this.#replay(from, attempt), isWanted, giveUp);
        if (next === undefined || this.#isOver) return;
        position = next;
        await this.#subscriber.drained();
        if (this.#isOver) return;
      }
      feed.admit(this.#subscription, this.#subscriber, position);
      // Nobody may have looked for what came meanwhile.
      this.#tail.wake();
    } catch (error) {
      if (!this.#isOver) this.#subscriber.fail(error);
    }
  }

  #newAccount(): Account {
    const { organization, holder } = this.#subscription;
    return newAccount(organization, holder);
  }

  end(): void {
    this.#isOver = true;
    if (this.#feed === null) return;
    this.#feed.dismiss(this.#subscription, this.#subscriber);
    this.#tail.close(this.#feed);
    this.#feed = null;
  }

  /** Sends a page of what came behind the position, and answers with the place up to which everything was sent. */
  async #replay({ label, seq }: LogPosition, attempt: AbortSignal): Promise<LogPosition> {
    const { organization, callId } = this.#subscription;
    const account = this.#newAccount();
    // Read first: a page that is not full has everything up to this place.
    const end = await this.#endOfLog(account);
    const { newChanges, newChangesOfCall } = this.#queries;
    const rows = await begunFor<ChangeRow[]>(account, () =>
      callId === null
        ? newChanges.execute({ organizations: [organization], labels: [label], seqs: [seq] })
        : newChangesOfCall.execute({ organization, call: callId, label, seq }),
    );
    const changes = rows.filter(({ id }) => id !== null);
    const batch = await Batch.read(this.#queries, account, changes, [this.#subscription]);
    const frames = await framesOf(this.#subscription, batch);
    if (!this.#isOver && !attempt.aborted && frames.length > 0) this.#subscriber.send(frames);
    const last = changes.at(-1);
    if (last === undefined) return end;
    return changes.length >= PAGE || comparePositions(last, end) > 0 ? last : end;
  }
}
