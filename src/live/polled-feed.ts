import { inTime } from './retry-until.js';

/** Milliseconds between polls, as of the tail. */
const LEAST_INTERVAL = 50;
const MOST_INTERVAL = 1_000;
const AGAIN_AFTER = 250;

export interface FeedMember<Row> {
  offer(rows: readonly Row[]): void;
}

/**
 * One organization's rows that change without a row in the log, read once for all subscribers, and only while there are
 * any.
 */
export abstract class PolledFeed<Row, Member extends FeedMember<Row> = FeedMember<Row>> {
  readonly organization: string;
  protected readonly members = new Set<Member>();
  readonly #failed: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;
  #dueAt = Number.POSITIVE_INFINITY;
  #polledAt = Number.NEGATIVE_INFINITY;
  #isPolling = false;
  #isWakePending = false;

  constructor(organization: string, failed: (error: unknown) => void) {
    this.organization = organization;
    this.#failed = failed;
  }

  get size(): number {
    return this.members.size;
  }

  /** Members that are sent what changes. */
  abstract get admitted(): number;

  /** One poll. An aborted one must have no effect afterwards. */
  protected abstract read(attempt: AbortSignal): Promise<void>;

  add(member: Member): void {
    this.members.add(member);
    this.wake();
  }

  remove(member: Member): void {
    this.members.delete(member);
    if (this.size === 0) clearTimeout(this.#timer);
  }

  close(): void {
    this.members.clear();
    clearTimeout(this.#timer);
  }

  wake(): void {
    if (this.#isPolling) this.#isWakePending = true;
    else this.#pollIn(this.#polledAt + LEAST_INTERVAL - performance.now());
  }

  #pollIn(milliseconds: number): void {
    const dueAt = performance.now() + Math.max(0, milliseconds);
    if (this.size === 0 || dueAt >= this.#dueAt) return;
    clearTimeout(this.#timer);
    this.#dueAt = dueAt;
    this.#timer = setTimeout(() => void this.#poll(), Math.max(0, milliseconds));
  }

  async #poll(): Promise<void> {
    this.#dueAt = Number.POSITIVE_INFINITY;
    this.#polledAt = performance.now();
    this.#isPolling = true;
    this.#isWakePending = false;
    let next = MOST_INTERVAL;
    try {
      await inTime((attempt) => this.read(attempt));
    } catch (error) {
      this.#failed(error);
      next = AGAIN_AFTER;
    }
    this.#isPolling = false;
    this.#pollIn(next);
    if (this.#isWakePending) this.wake();
  }
}
