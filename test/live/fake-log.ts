import type { LogPosition } from '../../src/changes/change.queries.js';
import { BEGINNING, comparePositions } from '../../src/changes/log-position.js';
import type { Signals } from '../../src/db/signals.js';
import type { Means, Subscriber, Subscription } from '../../src/live/audience.js';
import { FREE } from '../../src/live/charges.js';
import type { LiveQueries } from '../../src/live/live.queries.js';
import { LogPages } from '../../src/live/log-pages.js';
import { Subscribed } from '../../src/live/subscribed.js';
import { Tail } from '../../src/live/tail.js';
import { Turns } from '../../src/live/turns.js';

export const ORGANIZATION = '00000000-0000-7000-8000-000000000000';

/** One whose log cannot be read. */
export const UNREADABLE = 'unreadable';

interface Asked {
  organizations: string[];
  labels: string[];
  seqs: string[];
  limits: number[];
}

/** A log in memory, followed by all that follows the real one; what the database does wrong is up to `fault`. */
export class FakeLog {
  readonly places: LogPosition[] = [];
  readonly failures: unknown[] = [];
  readonly tail: Tail;
  readonly #means: Means;

  /** `fault` is called before each statement, and may wait or throw. */
  constructor(fault: () => Promise<void> = async () => {}) {
    const end = async () => {
      await fault();
      return this.places.at(-1) ?? BEGINNING;
    };
    const execute = async ({ organizations, labels, seqs, limits }: Asked) => {
      await fault();
      if (organizations.includes(UNREADABLE)) throw new Error(UNREADABLE);
      return organizations.flatMap((owner, index): object[] => {
        const from = { label: labels[index] ?? '', seq: seqs[index] ?? '' };
        const rows = owner === ORGANIZATION ? this.after(from).slice(0, limits[index]) : [];
        const nothing = { owner, id: null, isBlocked: false };
        return rows.length === 0 ? [nothing] : rows.map((place) => ({ ...nothing, ...rowOf(place) }));
      });
    };
    const queries = { newChanges: { execute } } as unknown as LiveQueries;
    this.#means = {
      queries,
      pages: new LogPages(queries, end),
      charges: FREE,
      turns: new Turns(8),
      failed: (error) => this.failures.push(error),
    };
    const signals = { listen: () => ({ close: async () => {} }) } as unknown as Signals;
    this.tail = new Tail(this.#means, signals);
  }

  /** Writes so many changes, and says so. */
  write(count: number): void {
    for (let written = 0; written < count; written += 1) {
      this.places.push({
        label: String(10 + Math.floor(this.places.length / 7)),
        seq: String(this.places.length),
      });
    }
    this.tail.wake();
  }

  after(place: LogPosition): LogPosition[] {
    return this.places.filter((each) => comparePositions(each, place) > 0);
  }

  /** Answers with what ends it. */
  subscribe(subscription: Subscription, subscriber: Subscriber): () => void {
    const subscribed = new Subscribed(this.#means, this.tail, subscription, subscriber);
    void subscribed.begin();
    return () => subscribed.end();
  }
}

const rowOf = (place: LogPosition) => ({
  ...place,
  id: place.seq,
  callId: 'a',
  kind: 'METADATA_MERGED',
  revision: 1,
  newValues: {},
  bytes: 100,
});

/** Answers each change with its place. */
export const answerOf: Subscription['answer'] = async (_batch, changes) =>
  changes.map(
    ({ seq }) =>
      () =>
        Buffer.from(seq),
  );

export function subscriptionOf(key: string, given: Partial<Subscription> = {}): Subscription {
  return {
    organization: ORGANIZATION,
    key,
    callId: null,
    filter: null,
    after: null,
    holder: 'somebody',
    cost: 1,
    answer: answerOf,
    ...given,
  };
}
