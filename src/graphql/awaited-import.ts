/** As AwaitedChanges. */
export class AwaitedImport implements AsyncIterable<never> {
  readonly id: string;

  constructor(id: string) {
    this.id = id;
  }

  [Symbol.asyncIterator](): never {
    throw new Error('Imports are not iterated over: the live service sends them.');
  }
}
