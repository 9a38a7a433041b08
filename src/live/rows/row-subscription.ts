import type { LiveDependencies } from '../audience.js';
import { judgingPoints } from '../charges.js';
import { RetryPolicy, retryUntil } from '../retry-until.js';
import type { RowHandle, Subscriber } from '../subscription-handle.js';
import type { ChangedRow } from './changed-row.values.js';
import type { RowMember } from './row-feed.js';
import type { RowFeeds } from './row-feeds.js';

const MOST_AT_ONCE = 25;
const MOST_POINTS = 2_000;

/** While its subscriber is slow, only the newest state of each row waits. */
export class RowSubscription<Row extends ChangedRow, Interest extends object> implements RowMember<Row> {
  readonly #dependencies: LiveDependencies;
  readonly #feeds: RowFeeds<Row, Interest>;
  readonly #handle: RowHandle<Interest>;
  readonly #subscriber: Subscriber;
  readonly #waiting = new Map<string, Row>();
  #isSending = false;
  #isOver = false;

  constructor(
    dependencies: LiveDependencies,
    feeds: RowFeeds<Row, Interest>,
    handle: RowHandle<Interest>,
    subscriber: Subscriber,
  ) {
    this.#dependencies = dependencies;
    this.#feeds = feeds;
    this.#handle = handle;
    this.#subscriber = subscriber;
  }

  start(): void {
    this.#feeds.join(this.#handle.organization, this);
  }

  offer(rows: readonly Row[]): void {
    const { interest } = this.#handle;
    this.#pay(rows.length * judgingPoints({ filter: interest }));
    if (this.#isOver) return;
    for (const row of rows) {
      if (this.#feeds.source.isFound(interest, row)) this.#waiting.set(row.id, row);
      else this.#waiting.delete(row.id);
    }
    if (!this.#isSending) void this.#send().catch((error) => this.#fail(error));
  }

  end(): void {
    this.#isOver = true;
    this.#waiting.clear();
    this.#feeds.leave(this.#handle.organization, this);
  }

  async #send(): Promise<void> {
    const { cost, keyId } = this.#handle;
    const { semaphore } = this.#dependencies;
    const most = Math.max(1, Math.min(MOST_AT_ONCE, Math.floor(MOST_POINTS / cost)));
    this.#isSending = true;
    try {
      while (this.#waiting.size > 0) {
        await this.#subscriber.drained();
        const rows = [...this.#waiting.values()].slice(0, most);
        for (const { id } of rows) this.#waiting.delete(id);
        this.#pay(rows.length * cost);
        if (this.#isOver) return;
        const taken = await semaphore.run(keyId, () => this.#answer(rows));
        if (this.#isOver) return;
        for (const left of rows.slice(taken)) {
          if (!this.#waiting.has(left.id)) this.#waiting.set(left.id, left);
        }
      }
    } finally {
      this.#isSending = false;
    }
  }

  async #answer(rows: Row[]): Promise<number> {
    const retryPolicy = new RetryPolicy(this.#dependencies.failed, () => rows);
    const answers = await retryUntil(
      () => this.#handle.answer(rows),
      () => !this.#isOver,
      (error) => retryPolicy.check(error),
    );
    if (answers === undefined || this.#isOver) return 0;
    return this.#subscriber.send(answers.map((answer) => ({ payload: answer() })));
  }

  #pay(points: number): void {
    const refused = this.#dependencies.charges.take(this.#handle.keyId, points);
    if (refused !== null) this.#fail(refused);
  }

  #fail(error: unknown): void {
    if (!this.#isOver) this.#subscriber.fail(error);
  }
}
