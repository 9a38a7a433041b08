import type { ExecutionResult, GraphQLFormattedError } from 'graphql';

/** What graphql-ws is to answer as an error of the operation: it alone was refused, and nothing of it was executed. */
export class RefusedOperation extends Error {
  readonly errors: readonly GraphQLFormattedError[];

  constructor(errors: readonly GraphQLFormattedError[]) {
    super('the operation was refused');
    this.errors = errors;
  }
}

type Result = IteratorResult<ExecutionResult, undefined>;
type Results = AsyncGenerator<ExecutionResult, undefined, undefined>;

const DONE = { done: true, value: undefined } as const;

/**
 * An operation that has one result, or none because it was refused. As graphql-ws sees it there is none: `send` writes it,
 * for graphql-ws would spell it in its own way. `over` is called once it is written, or nobody wants it any more.
 */
export class OneAnswer implements Results {
  readonly #send: () => Promise<void>;
  readonly #over: () => void;

  constructor(send: () => Promise<void>, over: () => void) {
    this.#send = send;
    this.#over = over;
  }

  async next(): Promise<Result> {
    try {
      await this.#send();
      return DONE;
    } finally {
      this.#over();
    }
  }

  async return(): Promise<Result> {
    this.#over();
    return DONE;
  }

  throw(): Promise<Result> {
    return this.return();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/**
 * A subscription as graphql-ws sees it: something that yields nothing, for its results go another way, and ends when the
 * client completes it or the socket is closed. It begins when it is first asked for a result: by then graphql-ws knows it,
 * and will end it.
 */
export class OpenSubscription implements Results {
  readonly #begin: (fail: (error: Error) => void) => () => void;
  #end: (() => void) | undefined;
  #isOver = false;
  readonly #over: Promise<Result>;
  #settle: (result: Result | Promise<never>) => void = () => {};

  /** `begin` answers with what ends it; it may fail at any time. */
  constructor(begin: (fail: (error: Error) => void) => () => void) {
    this.#begin = begin;
    this.#over = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  next(): Promise<Result> {
    if (this.#end === undefined && !this.#isOver) {
      this.#end = this.#begin((error) => {
        this.#settle(Promise.reject(error));
        void this.return();
      });
      if (this.#isOver) this.#end();
    }
    return this.#over;
  }

  async return(): Promise<Result> {
    this.#isOver = true;
    this.#settle(DONE);
    this.#end?.();
    return DONE;
  }

  throw(): Promise<Result> {
    return this.return();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
