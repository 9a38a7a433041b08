import type { LiveDependencies } from '../audience.js';
import { judgingPoints } from '../charges.js';
import { RetryPolicy, retryUntil } from '../retry-until.js';
import type { DeliveryHandle, Subscriber } from '../subscription-handle.js';
import type { ChangedDelivery } from './delivery-changes.queries.js';
import type { DeliveryMember } from './delivery-feed.js';
import type { DeliveryFeeds } from './delivery-feeds.js';
import { isDeliveryFound } from './delivery-match.js';

const MOST_AT_ONCE = 25;
const MOST_POINTS = 2_000;

/** While its subscriber is slow, only the newest state of each delivery waits. */
export class DeliverySubscription implements DeliveryMember {
  readonly #dependencies: LiveDependencies;
  readonly #feeds: DeliveryFeeds;
  readonly #handle: DeliveryHandle;
  readonly #subscriber: Subscriber;
  readonly #waiting = new Map<string, ChangedDelivery>();
  #isSending = false;
  #isOver = false;

  constructor(
    dependencies: LiveDependencies,
    feeds: DeliveryFeeds,
    handle: DeliveryHandle,
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

  offer(deliveries: readonly ChangedDelivery[]): void {
    const { deliveryFilter } = this.#handle;
    this.#pay(deliveries.length * judgingPoints({ filter: deliveryFilter }));
    if (this.#isOver) return;
    for (const delivery of deliveries) {
      if (isDeliveryFound(deliveryFilter, delivery)) this.#waiting.set(delivery.id, delivery);
      else this.#waiting.delete(delivery.id);
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
        const deliveries = [...this.#waiting.values()].slice(0, most);
        for (const { id } of deliveries) this.#waiting.delete(id);
        this.#pay(deliveries.length * cost);
        if (this.#isOver) return;
        const taken = await semaphore.run(keyId, () => this.#answer(deliveries));
        if (this.#isOver) return;
        for (const left of deliveries.slice(taken)) {
          if (!this.#waiting.has(left.id)) this.#waiting.set(left.id, left);
        }
      }
    } finally {
      this.#isSending = false;
    }
  }

  async #answer(deliveries: ChangedDelivery[]): Promise<number> {
    const retryPolicy = new RetryPolicy(this.#dependencies.failed, () => deliveries);
    const answers = await retryUntil(
      () => this.#handle.answer(deliveries),
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
