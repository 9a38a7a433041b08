import type { Listener } from '../db/connection/commit-signals.js';
import type { FeedMember, PolledFeed } from './polled-feed.js';

interface Signals {
  listen(onSignal: () => void): Listener;
}

/** The feeds of all organizations with subscribers. */
export class PolledFeeds<Row, Member extends FeedMember<Row> = FeedMember<Row>> {
  readonly #open: (organization: string) => PolledFeed<Row, Member>;
  readonly #signals: Signals;
  readonly #feeds = new Map<string, PolledFeed<Row, Member>>();
  #listener: Listener | null = null;

  constructor(signals: Signals, open: (organization: string) => PolledFeed<Row, Member>) {
    this.#open = open;
    this.#signals = signals;
  }

  get admitted(): number {
    return [...this.#feeds.values()].reduce((sum, { admitted }) => sum + admitted, 0);
  }

  join(organization: string, member: Member): void {
    const feed = this.#feeds.get(organization) ?? this.#open(organization);
    this.#feeds.set(organization, feed);
    this.#listener ??= this.#signals.listen(() => this.wake());
    feed.add(member);
  }

  leave(organization: string, member: Member): void {
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
