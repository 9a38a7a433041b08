import type { LiveDependencies } from './audience.js';
import { judgingPoints } from './charges.js';
import type { FeedMember } from './polled-feed.js';
import { RetryPolicy, retryUntil } from './retry-until.js';
import type { RowHandle, Subscriber } from './subscription-handle.js';

const MOST_AT_ONCE = 25;
const MOST_POINTS = 2_000;

/** A member of a polled feed. While its subscriber is slow, only the newest state of each row waits. */
export abstract class RowSubscription<Row extends { id: string }> implements FeedMember<Row> {
  readonly #dependencies: LiveDependencies;
  readonly #handle: RowHandle<Row>;
  readonly #subscriber: Subscriber;
  readonly #waiting = new Map<string, Row>();
  #isSending = false;
  #isOver = false;

  constructor(dependencies: LiveDependencies, handle: RowHandle<Row>, subscriber: Subscriber) {
    this.#dependencies = dependencies;
    this.#handle = handle;
    this.#subscriber = subscriber;
  }

  abstract start(): void;

  protected abstract leave(): void;

  protected abstract isFound(row: Row): boolean;

  /** What each row is compared with. */
  protected abstract get filter(): object | null;

  /** Nothing follows it. */
  protected isLast(_row: Row): boolean {
    return false;
  }

  offer(rows: readonly Row[]): void {
    this.#pay(rows.length * judgingPoints({ filter: this.filter }));
    if (this.#isOver) return;
    for (const row of rows) {
      if (this.isFound(row)) this.#waiting.set(row.id, row);
      else this.#waiting.delete(row.id);
    }
    if (!this.#isSending) void this.#send().catch((error) => this.#fail(error));
  }

  end(): void {
    this.#isOver = true;
    this.#waiting.clear();
    this.leave();
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
        if (rows.slice(0, taken).some((row) => this.isLast(row))) this.#subscriber.complete();
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
