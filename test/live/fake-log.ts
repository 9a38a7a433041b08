import type { LogPosition } from '../../src/changes/change.queries.js';
import { BEGINNING, comparePositions } from '../../src/changes/log-position.js';
import type { CommitSignals } from '../../src/db/connection/commit-signals.js';
import type { LiveDependencies } from '../../src/live/audience.js';
import { BoundedSemaphore } from '../../src/live/bounded-semaphore.js';
import { FREE } from '../../src/live/charges.js';
import type { LiveQueries } from '../../src/live/live.queries.js';
import { LiveSubscription } from '../../src/live/live-subscription.js';
import { LogPages } from '../../src/live/log-pages.js';
import type { Subscriber, SubscriptionHandle } from '../../src/live/subscription-handle.js';
import { Tail } from '../../src/live/tail.js';

export const ORGANIZATION = '00000000-0000-7000-8000-000000000000';

export const UNREADABLE = 'unreadable';

interface Asked {
  organizations: string[];
  labels: string[];
  seqs: string[];
  limits: number[];
}

/** A change log in memory for the code that follows the real one. `fault` simulates errors of the database. */
export class FakeLog {
  readonly positions: LogPosition[] = [];
  readonly failures: unknown[] = [];
  readonly tail: Tail;
  readonly #dependencies: LiveDependencies;

  /** `fault` runs before each statement, and may wait or throw. */
  constructor(fault: () => Promise<void> = async () => {}) {
    const end = async () => {
      await fault();
      return this.positions.at(-1) ?? BEGINNING;
    };
    const execute = async ({ organizations, labels, seqs, limits }: Asked) => {
      await fault();
      if (organizations.includes(UNREADABLE)) throw new Error(UNREADABLE);
      return organizations.flatMap((owner, index): object[] => {
        const from = { label: labels[index] ?? '', seq: seqs[index] ?? '' };
        const rows = owner === ORGANIZATION ? this.after(from).slice(0, limits[index]) : [];
        const nothing = { owner, id: null, isBlocked: false };
        return rows.length === 0 ? [nothing] : rows.map((position) => ({ ...nothing, ...rowOf(position) }));
      });
    };
    const isLost = async () => {
      await fault();
      return [{ isLost: false }];
    };
    const queries = { newChanges: { execute }, isLost: { execute: isLost } } as unknown as LiveQueries;
    this.#dependencies = {
      queries,
      pages: new LogPages(queries, end),
      charges: FREE,
      semaphore: new BoundedSemaphore(8),
      failed: (error) => this.failures.push(error),
    };
    const signals = { listen: () => ({ close: async () => {} }) } as unknown as CommitSignals;
    this.tail = new Tail(this.#dependencies, signals);
  }

  write(count: number): void {
    for (let written = 0; written < count; written += 1) {
      this.positions.push({
        label: String(10 + Math.floor(this.positions.length / 7)),
        seq: String(this.positions.length),
      });
    }
    this.tail.wake();
  }

  after(position: LogPosition): LogPosition[] {
    return this.positions.filter((each) => comparePositions(each, position) > 0);
  }

  subscribe(subscription: SubscriptionHandle, subscriber: Subscriber): () => void {
    const live = new LiveSubscription(this.#dependencies, this.tail, subscription, subscriber);
    void live.start();
    return () => live.end();
  }
}

const rowOf = (position: LogPosition) => ({
  ...position,
  id: position.seq,
  callId: 'a',
  kind: 'METADATA_MERGED',
  revision: 1,
  newValues: {},
  bytes: 100,
});

export const answerOf: SubscriptionHandle['answer'] = async (_batch, changes) =>
  changes.map(
    ({ seq }) =>
      () =>
        Buffer.from(seq),
  );

export function subscriptionOf(key: string, options: Partial<SubscriptionHandle> = {}): SubscriptionHandle {
  return {
    organization: ORGANIZATION,
    key,
    callId: null,
    filter: null,
    after: null,
    keyId: 'somebody',
    cost: 1,
    answer: answerOf,
    ...options,
  };
}
