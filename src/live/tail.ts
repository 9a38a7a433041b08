import type { LogPosition } from '../changes/change.queries.js';
import { CursorLost } from '../changes/cursor-lost.js';
import { earlierOf } from '../changes/log-position.js';
import type { CommitSignals, Listener } from '../db/connection/commit-signals.js';
import { isDatabaseAway } from '../foundation/unavailable.js';
import type { LiveDependencies } from './audience.js';
import { Feed } from './feed.js';
import type { NewRow } from './live.queries.js';
import { inTime, isTooLong } from './retry-until.js';

/**
 * Milliseconds between polls: at least, to send changes together; while a transaction holds changes back; at most,
 * because a notification may be lost.
 */
const LEAST_INTERVAL = 20;
const BLOCKED_INTERVAL = 15;
const MOST_INTERVAL = 1_000;
/** Milliseconds of listening after the last subscriber left, because most return at once. */
const LINGER = 5_000;

interface OpenFeed {
  feed: Feed;
  users: number;
}

export class Tail {
  readonly #dependencies: LiveDependencies;
  readonly #signals: Pick<CommitSignals, 'listen'>;
  readonly #feeds = new Map<string, OpenFeed>();
  #listener: Listener | null = null;
  #linger: NodeJS.Timeout | undefined;
  #timer: NodeJS.Timeout | undefined;
  #dueAt = Number.POSITIVE_INFINITY;
  #polledAt = Number.NEGATIVE_INFINITY;
  #isPolling = false;
  #isWakePending = false;

  constructor(dependencies: LiveDependencies, signals: Pick<CommitSignals, 'listen'>) {
    this.#dependencies = dependencies;
    this.#signals = signals;
  }

  open(organization: string, end: LogPosition): Feed {
    const open = this.#feeds.get(organization) ?? {
      feed: new Feed(organization, end, this.#dependencies),
      users: 0,
    };
    open.users += 1;
    this.#feeds.set(organization, open);
    clearTimeout(this.#linger);
    this.#listener ??= this.#signals.listen(() => this.wake());
    this.wake();
    return open.feed;
  }

  close(feed: Feed): void {
    const { organization } = feed;
    const open = this.#feeds.get(organization);
    if (open?.feed !== feed) return;
    open.users -= 1;
    if (open.users === 0) this.#feeds.delete(organization);
    if (this.#feeds.size > 0) return;
    clearTimeout(this.#timer);
    this.#dueAt = Number.POSITIVE_INFINITY;
    this.#linger = setTimeout(() => void this.#stopListening(), LINGER).unref();
  }

  get counts(): { organizations: number; audiences: number; admitted: number } {
    const feeds = [...this.#feeds.values()];
    return {
      organizations: feeds.length,
      audiences: feeds.reduce((sum, { feed }) => sum + feed.audiences, 0),
      admitted: feeds.reduce((sum, { feed }) => sum + feed.subscribers, 0),
    };
  }

  wake(): void {
    if (this.#isPolling) this.#isWakePending = true;
    else this.#pollIn(this.#polledAt + LEAST_INTERVAL - performance.now());
  }

  async stop(): Promise<void> {
    this.#feeds.clear();
    clearTimeout(this.#timer);
    clearTimeout(this.#linger);
    await this.#stopListening();
  }

  async #stopListening(): Promise<void> {
    const listener = this.#listener;
    this.#listener = null;
    await listener?.close();
  }

  #pollIn(milliseconds: number): void {
    const dueAt = performance.now() + Math.max(0, milliseconds);
    if (this.#feeds.size === 0 || dueAt >= this.#dueAt) return;
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
      next = await inTime((attempt) => this.#readAll(attempt));
    } catch (error) {
      this.#dependencies.failed(error);
      next = MOST_INTERVAL / 4;
    }
    this.#isPolling = false;
    this.#pollIn(next);
    if (this.#isWakePending) this.wake();
  }

  async #readAll(attempt: AbortSignal): Promise<number> {
    const idle = [...this.#feeds.values()].map(({ feed }) => feed).filter(({ isIdle }) => isIdle);
    if (idle.length === 0) return MOST_INTERVAL;
    const rows = await this.#readOf(idle);
    if (attempt.aborted) return MOST_INTERVAL;
    for (const feed of idle) {
      if (rows.some(({ owner, isLost }) => isLost && owner === feed.organization)) {
        this.#lose(feed);
        continue;
      }
      const changes = rows.filter(({ owner, id }) => owner === feed.organization && id !== null);
      if (changes.length > 0) void feed.take(changes).then(() => this.wake());
    }
    return rows.some(({ isBlocked }) => isBlocked) ? BLOCKED_INTERVAL : MOST_INTERVAL;
  }

  #lose(feed: Feed): void {
    if (this.#feeds.get(feed.organization)?.feed === feed) this.#feeds.delete(feed.organization);
    feed.fail(new CursorLost());
  }

  /** If the shared statement fails, reads each organization alone, so that one log cannot block the others. */
  async #readOf(feeds: Feed[]): Promise<NewRow[]> {
    try {
      return await this.#dependencies.queries.newChanges.execute({
        organizations: feeds.map(({ organization }) => organization),
        labels: feeds.map(({ position }) => position.label),
        seqs: feeds.map(({ position }) => position.seq),
        limits: feeds.map(({ pageRows }) => pageRows),
        least: feeds.map(({ position }) => position).reduce(earlierOf).label,
      });
    } catch (error) {
      if (feeds.length === 1 || (isDatabaseAway(error) && !isTooLong(error))) throw error;
      this.#dependencies.failed(error);
      const read = feeds.map((feed) =>
        this.#readOf([feed]).catch((failure): NewRow[] => {
          this.#dependencies.failed(failure);
          return [];
        }),
      );
      return (await Promise.all(read)).flat();
    }
  }
}
