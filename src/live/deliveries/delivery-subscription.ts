import type { LiveDependencies } from '../audience.js';
import type { PolledFeeds } from '../polled-feeds.js';
import { RowSubscription } from '../row-subscription.js';
import type { DeliveryHandle, Subscriber } from '../subscription-handle.js';
import type { ChangedDelivery } from './delivery-changes.queries.js';
import { type DeliveryInterest, isDeliveryFound } from './delivery-match.js';

export class DeliverySubscription extends RowSubscription<ChangedDelivery> {
  readonly #feeds: PolledFeeds<ChangedDelivery>;
  readonly #handle: DeliveryHandle;

  constructor(
    dependencies: LiveDependencies,
    feeds: PolledFeeds<ChangedDelivery>,
    handle: DeliveryHandle,
    subscriber: Subscriber,
  ) {
    super(dependencies, handle, subscriber);
    this.#feeds = feeds;
    this.#handle = handle;
  }

  override start(): void {
    this.#feeds.join(this.#handle.organization, this);
  }

  protected override leave(): void {
    this.#feeds.leave(this.#handle.organization, this);
  }

  protected override get filter(): DeliveryInterest {
    return this.#handle.deliveryFilter;
  }

  protected override isFound(delivery: ChangedDelivery): boolean {
    return isDeliveryFound(this.filter, delivery);
  }
}
