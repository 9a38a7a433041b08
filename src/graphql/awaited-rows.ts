import type { RowInterest } from '../live/rows/row-interest.js';

/** As AwaitedChanges, of rows that are not in the log. */
export class AwaitedRows implements AsyncIterable<never> {
  readonly subject: RowInterest;

  constructor(subject: RowInterest) {
    this.subject = subject;
  }

  [Symbol.asyncIterator](): never {
    throw new Error('Rows are not iterated over: the live service sends them.');
  }
}
