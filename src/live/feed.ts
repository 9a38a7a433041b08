import type { LogPosition } from '../changes/change.queries.js';
import { comparePositions } from '../changes/log-position.js';
import { sharedAccount } from '../db/account.js';
import { Audience, framesOf, type Subscriber, type Subscription } from './audience.js';
import { Batch } from './batch.js';
import type { ChangeRow, LiveQueries } from './live.queries.js';
import { persistently } from './persistently.js';

/** One organization's log as its subscribers are told of it: read once, whoever and how many they are. */
export class Feed {
  readonly organization: string;
  readonly #queries: LiveQueries;
  readonly #failed: (error: unknown) => void;
  readonly #audiences = new Map<string, Audience>();
  #position: LogPosition;
  #isBusy = false;

  /** `position` is the end of the log. */
  constructor(
    organization: string,
    position: LogPosition,
    queries: LiveQueries,
    failed: (error: unknown) => void,
  ) {
    this.organization = organization;
    this.#position = position;
    this.#queries = queries;
    this.#failed = failed;
  }

  /** The place up to which the log was read; subscribers may yet have to be told of what came before it. */
  get position(): LogPosition {
    return this.#position;
  }

  /** Whether there is somebody to read the log for, and what was read before is done with. */
  get isIdle(): boolean {
    return !this.#isBusy && this.#audiences.size > 0;
  }

  get audiences(): number {
    return this.#audiences.size;
  }

  get subscribers(): number {
    return [...this.#audiences.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** Lets in a subscriber who has had everything up to `position`, which is not behind the feed's own. */
  admit(subscription: Subscription, subscriber: Subscriber, position: LogPosition): void {
    let audience = this.#audiences.get(subscription.key);
    if (audience === undefined) {
      audience = new Audience(subscription);
      this.#audiences.set(subscription.key, audience);
    }
    audience.add(subscriber, position);
  }

  dismiss({ key }: Subscription, subscriber: Subscriber): void {
    const audience = this.#audiences.get(key);
    audience?.remove(subscriber);
    if (audience?.size === 0) this.#audiences.delete(key);
  }

  /** Takes what comes next in the log, and tells everybody; does not take more before it is done. */
  async take(rows: ChangeRow[]): Promise<void> {
    const end = rows.at(-1);
    if (end === undefined || comparePositions(end, this.#position) <= 0) return;
    this.#position = { label: end.label, seq: end.seq };
    this.#isBusy = true;
    try {
      await persistently(
        (attempt) => this.#tell(rows, end, attempt),
        () => this.#audiences.size > 0,
        this.#failed,
      );
    } finally {
      this.#isBusy = false;
    }
  }

  async #tell(rows: ChangeRow[], end: LogPosition, attempt: AbortSignal): Promise<void> {
    const audiences = [...this.#audiences.values()];
    const interests = audiences.map(({ subscription }) => subscription);
    const account = sharedAccount(this.organization);
    const batch = await Batch.read(this.#queries, account, rows, interests);
    const frames = await Promise.all(interests.map((interest) => framesOf(interest, batch)));
    // Nothing is sent before all is ready, nor by an attempt that was given up: another one would send it twice.
    if (attempt.aborted) return;
    for (const [index, audience] of audiences.entries()) audience.send(frames[index] ?? [], end);
  }
}
