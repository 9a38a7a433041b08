import type { LogPosition } from '../changes/change.queries.js';
import type { Ear, Signals } from '../db/signals.js';
import { isDatabaseAway } from '../db/unavailable.js';
import type { Means } from './audience.js';
import { Feed } from './feed.js';
import type { NewRow } from './live.queries.js';
import { inTime, isTooLong } from './persistently.js';

/** Milliseconds between two looks at the log: at least, for what comes in between is told together; */
const REST = 20;
/** when a running transaction holds something back; */
const WHILE_BLOCKED = 15;
/** and at most, for nobody may have told of what was written. */
const POLL = 1_000;
/** Milliseconds that the tail goes on listening when its last subscriber has left: most come back at once. */
const LINGER = 5_000;

interface OpenFeed {
  feed: Feed;
  users: number;
}

/**
 * Follows the logs of all organizations that have subscribers here, by one statement for all of them: when this process
 * has written, when another one says so, and now and then all the same. Without subscribers it does nothing.
 */
export class Tail {
  readonly #means: Means;
  readonly #signals: Signals;
  readonly #feeds = new Map<string, OpenFeed>();
  #ear: Ear | null = null;
  #linger: NodeJS.Timeout | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** When the timer ends, and when the tail last looked; as performance.now() has it. */
  #dueAt = Number.POSITIVE_INFINITY;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #isLooking = false;
  #isToldOfMore = false;

  constructor(means: Means, signals: Signals) {
    this.#means = means;
    this.#signals = signals;
  }

  /** The organization's feed, until as many have closed it as have opened it. `end` is the end of its log. */
  open(organization: string, end: LogPosition): Feed {
    const open = this.#feeds.get(organization) ?? {
      feed: new Feed(organization, end, this.#means),
      users: 0,
    };
    open.users += 1;
    this.#feeds.set(organization, open);
    clearTimeout(this.#linger);
    this.#ear ??= this.#signals.listen(() => this.wake());
    this.wake();
    return open.feed;
  }

  close({ organization }: Feed): void {
    const open = this.#feeds.get(organization);
    if (open === undefined) return;
    open.users -= 1;
    if (open.users === 0) this.#feeds.delete(organization);
    if (this.#feeds.size > 0) return;
    clearTimeout(this.#timer);
    this.#dueAt = Number.POSITIVE_INFINITY;
    this.#linger = setTimeout(() => void this.#stopListening(), LINGER).unref();
  }

  /** How many organizations are followed, how many different questions are answered for them, and how many subscribers. */
  get counts(): { organizations: number; audiences: number; admitted: number } {
    const feeds = [...this.#feeds.values()];
    return {
      organizations: feeds.length,
      audiences: feeds.reduce((sum, { feed }) => sum + feed.audiences, 0),
      admitted: feeds.reduce((sum, { feed }) => sum + feed.subscribers, 0),
    };
  }

  /** Something was written, it may be. */
  wake(): void {
    if (this.#isLooking) this.#isToldOfMore = true;
    else this.#lookIn(this.#lookedAt + REST - performance.now());
  }

  async stop(): Promise<void> {
    this.#feeds.clear();
    clearTimeout(this.#timer);
    clearTimeout(this.#linger);
    await this.#stopListening();
  }

  async #stopListening(): Promise<void> {
    const ear = this.#ear;
    this.#ear = null;
    await ear?.close();
  }

  #lookIn(milliseconds: number): void {
    const dueAt = performance.now() + Math.max(0, milliseconds);
    if (this.#feeds.size === 0 || dueAt >= this.#dueAt) return;
    clearTimeout(this.#timer);
    this.#dueAt = dueAt;
    this.#timer = setTimeout(() => void this.#look(), Math.max(0, milliseconds));
  }

  async #look(): Promise<void> {
    this.#dueAt = Number.POSITIVE_INFINITY;
    this.#lookedAt = performance.now();
    this.#isLooking = true;
    this.#isToldOfMore = false;
    let next = POLL;
    try {
      next = await inTime((attempt) => this.#readAll(attempt));
    } catch (error) {
      this.#means.failed(error);
      next = POLL / 4;
    }
    this.#isLooking = false;
    this.#lookIn(next);
    if (this.#isToldOfMore) this.wake();
  }

  /** Answers with the milliseconds until it is worth a look again. */
  async #readAll(attempt: AbortSignal): Promise<number> {
    const idle = [...this.#feeds.values()].map(({ feed }) => feed).filter(({ isIdle }) => isIdle);
    if (idle.length === 0) return POLL;
    const rows = await this.#readOf(idle);
    if (attempt.aborted) return POLL;
    for (const feed of idle) {
      const changes = rows.filter(({ owner, id }) => owner === feed.organization && id !== null);
      // While it is told, more may have come.
      if (changes.length > 0) void feed.take(changes).then(() => this.wake());
    }
    return rows.some(({ isBlocked }) => isBlocked) ? WHILE_BLOCKED : POLL;
  }

  /** All by one statement, or where that fails each by its own: one organization's log is no matter of the others. */
  async #readOf(feeds: Feed[]): Promise<NewRow[]> {
    try {
      return await this.#means.queries.newChanges.execute({
        organizations: feeds.map(({ organization }) => organization),
        labels: feeds.map(({ position }) => position.label),
        seqs: feeds.map(({ position }) => position.seq),
        limits: feeds.map(({ pageRows }) => pageRows),
      });
    } catch (error) {
      if (feeds.length === 1 || (isDatabaseAway(error) && !isTooLong(error))) throw error;
      this.#means.failed(error);
      const read = feeds.map((feed) =>
        this.#readOf([feed]).catch((failure): NewRow[] => {
          this.#means.failed(failure);
          return [];
        }),
      );
      return (await Promise.all(read)).flat();
    }
  }
}
