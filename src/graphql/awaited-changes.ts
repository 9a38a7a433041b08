import type { LogPosition } from '../changes/change.queries.js';
import type { Interest } from '../live/batch.js';

/**
 * What a subscription's field answers with when it is asked for its events: what it is about. GraphQL wants something to
 * iterate over; nobody does, for those who ask for the same share one answer to each event.
 */
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
