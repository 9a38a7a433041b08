import type { LogPosition } from '../changes/change.queries.js';
import { comparePositions } from '../changes/log-position.js';
import type { BoundedSemaphore } from './bounded-semaphore.js';
import type { ChangeBatch } from './change-batch.js';
import type { Charges } from './charges.js';
import { LogReader, type LogSources, type Receiver } from './log-reader.js';
import { inTime, RetryPolicy, retryUntil } from './retry-until.js';
import type { Frame, SubscriptionHandle } from './subscription-handle.js';

export interface Member {
  readonly keyId: string;
  receive(frames: readonly Frame[], end: LogPosition): void;
  fail(error: unknown): void;
}

export interface LiveDependencies extends LogSources {
  charges: Charges;
  semaphore: BoundedSemaphore;
  failed(error: unknown): void;
}

/** A slow or retrying audience reads from the log what the feed has read meanwhile, and delays no other. */
export class Audience implements Receiver {
  readonly subscription: SubscriptionHandle;
  readonly #dependencies: LiveDependencies;
  readonly #reader: LogReader;
  readonly #members = new Set<Member>();
  readonly #membersByKey = new Map<string, number>();
  #isAdvancing = false;

  constructor(subscription: SubscriptionHandle, dependencies: LiveDependencies, position: LogPosition) {
    this.subscription = subscription;
    this.#dependencies = dependencies;
    this.#reader = new LogReader(dependencies, subscription, position);
  }

  get size(): number {
    return this.#members.size;
  }

  get position(): LogPosition {
    return this.#reader.position;
  }

  get isAdvancing(): boolean {
    return this.#isAdvancing;
  }

  add(member: Member): void {
    this.#members.add(member);
    this.#membersByKey.set(member.keyId, (this.#membersByKey.get(member.keyId) ?? 0) + 1);
  }

  remove(member: Member): void {
    if (!this.#members.delete(member)) return;
    const count = (this.#membersByKey.get(member.keyId) ?? 1) - 1;
    if (count === 0) this.#membersByKey.delete(member.keyId);
    else this.#membersByKey.set(member.keyId, count);
  }

  /** A null batch is read from the log. Never rejects: an error that cannot be retried ends the members. */
  async advance(batch: ChangeBatch | null, end: LogPosition, feed: { position: LogPosition }): Promise<void> {
    this.#isAdvancing = true;
    const isWanted = () => this.size > 0;
    const retryPolicy = new RetryPolicy(this.#dependencies.failed, () => this.position);
    const { semaphore } = this.#dependencies;
    try {
      if (batch !== null) {
        const take = (attempt: AbortSignal) => this.#reader.take(batch, end, this, attempt);
        await semaphore
          .run(this.subscription.keyId, () => inTime(take))
          .catch((error) => retryPolicy.check(error));
      }
      while (isWanted() && comparePositions(this.position, feed.position) < 0) {
        const read = (attempt: AbortSignal) => this.#reader.readOn(this, attempt);
        await semaphore.run(this.subscription.keyId, () =>
          retryUntil(read, isWanted, (error) => retryPolicy.check(error)),
        );
      }
    } catch (error) {
      this.fail(error);
    } finally {
      this.#isAdvancing = false;
    }
  }

  fail(error: unknown): void {
    for (const member of [...this.#members]) member.fail(error);
  }

  pay(points: number): boolean {
    for (const keyId of [...this.#membersByKey.keys()]) {
      const refused = this.#dependencies.charges.take(keyId, points);
      if (refused === null) continue;
      for (const member of [...this.#members]) if (member.keyId === keyId) member.fail(refused);
    }
    return this.size > 0;
  }

  deliver(frames: readonly Frame[], end: LogPosition): number {
    for (const member of [...this.#members]) member.receive(frames, end);
    return frames.length;
  }
}
