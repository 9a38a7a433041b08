import { setTimeout as sleep } from 'node:timers/promises';
import type { LogPosition } from '../changes/change.queries.js';
import { comparePositions, laterOf } from '../changes/log-position.js';
import { newAccount } from '../db/connection/account.js';
import type { LiveDependencies, Member } from './audience.js';
import type { Feed } from './feed.js';
import { LogReader } from './log-reader.js';
import { RetryPolicy, retryUntil } from './retry-until.js';
import type { Frame, Subscriber, SubscriptionHandle } from './subscription-handle.js';
import type { Tail } from './tail.js';

const DEBT_CHECK = 1_000;

/**
 * Receives through an audience while it keeps up. When its buffer is full, it reads the log at its own pace until it
 * has caught up.
 */
export class LiveSubscription implements Member {
  readonly #dependencies: LiveDependencies;
  readonly #tail: Tail;
  readonly #subscription: SubscriptionHandle;
  readonly #subscriber: Subscriber;
  #feed: Feed | null = null;
  #position: LogPosition | null;
  #isOver = false;

  constructor(
    dependencies: LiveDependencies,
    tail: Tail,
    subscription: SubscriptionHandle,
    subscriber: Subscriber,
  ) {
    this.#dependencies = dependencies;
    this.#tail = tail;
    this.#subscription = subscription;
    this.#subscriber = subscriber;
    this.#position = subscription.after;
  }

  get keyId(): string {
    return this.#subscription.keyId;
  }

  async start(): Promise<void> {
    const { organization, keyId } = this.#subscription;
    const { pages, failed } = this.#dependencies;
    try {
      const retryPolicy = new RetryPolicy(failed, () => this.#position);
      const account = newAccount(organization, keyId);
      const after = this.#position;
      const findEnd = async () => {
        if (after !== null) await pages.find(account, after);
        return pages.end(account);
      };
      const end = await retryUntil(findEnd, this.#isWanted, (error) => retryPolicy.check(error));
      if (end === undefined || this.#isOver) return;
      this.#feed = this.#tail.open(organization, end);
      // Others may have received more than is final now; all of that was committed before.
      this.#position ??= laterOf(end, this.#feed.position);
      await this.#catchUp(this.#feed, this.#position);
    } catch (error) {
      this.fail(error);
    }
  }

  receive(frames: readonly Frame[], end: LogPosition): void {
    const position = this.#position ?? end;
    const [first] = frames;
    const fresh =
      first === undefined || comparePositions(first.position, position) > 0
        ? frames
        : frames.filter((frame) => comparePositions(frame.position, position) > 0);
    const taken = fresh.length === 0 ? 0 : this.#subscriber.send(fresh);
    if (this.#isOver || this.#feed === null) return;
    if (taken === fresh.length) {
      if (comparePositions(end, position) > 0) this.#position = end;
      return;
    }
    const sentUpTo = fresh[taken - 1]?.position ?? position;
    this.#position = sentUpTo;
    this.#feed.dismiss(this.#subscription, this);
    this.#catchUp(this.#feed, sentUpTo).catch((error) => this.fail(error));
  }

  fail(error: unknown): void {
    if (!this.#isOver) this.#subscriber.fail(error);
  }

  end(): void {
    this.#isOver = true;
    if (this.#feed === null) return;
    this.#feed.dismiss(this.#subscription, this);
    this.#tail.close(this.#feed);
    this.#feed = null;
  }

  readonly #isWanted = () => !this.#isOver;

  /** Joins the audience in the same turn of the event loop that reaches its position. A debt slows it down. */
  async #catchUp(feed: Feed, from: LogPosition): Promise<void> {
    const { failed, charges, semaphore } = this.#dependencies;
    const reader = new LogReader(this.#dependencies, this.#subscription, from);
    const retryPolicy = new RetryPolicy(failed, () => reader.position);
    let hasPaid = false;
    const receiver = {
      pay: (points: number) => {
        if (this.#isOver || (hasPaid && charges.debt(this.keyId) > 0)) return false;
        charges.take(this.keyId, points);
        hasPaid = true;
        return true;
      },
      deliver: (frames: readonly Frame[]) => {
        if (this.#isOver) return 0;
        return frames.length === 0 ? 0 : this.#subscriber.send(frames);
      },
    };
    const readOn = (attempt: AbortSignal) => reader.readOn(receiver, attempt);
    for (;;) {
      await this.#subscriber.drained();
      for (let debt = charges.debt(this.keyId); debt > 0 && !this.#isOver; debt = charges.debt(this.keyId)) {
        await sleep(Math.min(DEBT_CHECK, 1_000 * debt), undefined, { ref: false });
      }
      if (this.#isOver) return;
      this.#position = reader.position;
      if (feed.admit(this.#subscription, this, reader.position)) break;
      hasPaid = false;
      await semaphore.run(this.keyId, () =>
        retryUntil(readOn, this.#isWanted, (error) => retryPolicy.check(error)),
      );
    }
    this.#tail.wake();
  }
}
