import type { LogPosition } from '../changes/change.queries.js';
import type { Interest } from '../live/change-batch.js';

/** GraphQL requires an async iterable, but nothing iterates it: equal subscriptions share one answer. */
export class AwaitedChanges implements AsyncIterable<never> {
  readonly interest: Interest;
  readonly after: LogPosition | null;

  constructor(interest: Interest, after: LogPosition | null) {
    this.interest = interest;
    this.after = after;
  }

  [Symbol.asyncIterator](): never {
    throw new Error('Changes are not iterated over: the live service sends them.');
  }
}
