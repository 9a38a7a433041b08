import type { Listener } from '../../db/connection/commit-signals.js';
import { DeliveryFeed, type DeliveryFeedDependencies, type DeliveryMember } from './delivery-feed.js';

interface Signals {
  listen(onSignal: () => void): Listener;
}

export class DeliveryFeeds {
  readonly #dependencies: DeliveryFeedDependencies;
  readonly #signals: Signals;
  readonly #feeds = new Map<string, DeliveryFeed>();
  #listener: Listener | null = null;

  constructor(dependencies: DeliveryFeedDependencies, signals: Signals) {
    this.#dependencies = dependencies;
    this.#signals = signals;
  }

  /** Members that are sent what changes. */
  get admitted(): number {
    const begun = [...this.#feeds.values()].filter(({ hasBegun }) => hasBegun);
    return begun.reduce((sum, { size }) => sum + size, 0);
  }

  join(organization: string, member: DeliveryMember): void {
    const feed = this.#feeds.get(organization) ?? new DeliveryFeed(organization, this.#dependencies);
    this.#feeds.set(organization, feed);
    this.#listener ??= this.#signals.listen(() => this.wake());
    feed.add(member);
  }

  leave(organization: string, member: DeliveryMember): void {
    const feed = this.#feeds.get(organization);
    feed?.remove(member);
    if (feed?.size === 0) this.#feeds.delete(organization);
    if (this.#feeds.size === 0) void this.#stopListening();
  }

  wake(): void {
    for (const feed of this.#feeds.values()) feed.wake();
  }

  async stop(): Promise<void> {
    for (const feed of this.#feeds.values()) feed.close();
    this.#feeds.clear();
    await this.#stopListening();
  }

  async #stopListening(): Promise<void> {
    const listener = this.#listener;
    this.#listener = null;
    await listener?.close();
  }
}
