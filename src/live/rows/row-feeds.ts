import type { Listener } from '../../db/connection/commit-signals.js';
import type { ChangedRow, RowSource } from './changed-row.values.js';
import { RowFeed, type RowFeedDependencies, type RowMember } from './row-feed.js';

interface Signals {
  listen(onSignal: () => void): Listener;
}

export class RowFeeds<Row extends ChangedRow, Interest extends object> {
  readonly source: RowSource<Row, Interest>;
  readonly #dependencies: RowFeedDependencies;
  readonly #signals: Signals;
  readonly #feeds = new Map<string, RowFeed<Row>>();
  #listener: Listener | null = null;

  constructor(source: RowSource<Row, Interest>, dependencies: RowFeedDependencies, signals: Signals) {
    this.source = source;
    this.#dependencies = dependencies;
    this.#signals = signals;
  }

  /** Members that are sent what changes. */
  get admitted(): number {
    const begun = [...this.#feeds.values()].filter(({ hasBegun }) => hasBegun);
    return begun.reduce((sum, { size }) => sum + size, 0);
  }

  join(organization: string, member: RowMember<Row>): void {
    const feed = this.#feeds.get(organization) ?? new RowFeed(organization, this.source, this.#dependencies);
    this.#feeds.set(organization, feed);
    this.#listener ??= this.#signals.listen(() => this.wake());
    feed.add(member);
  }

  leave(organization: string, member: RowMember<Row>): void {
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
