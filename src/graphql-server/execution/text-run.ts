/** Completes a value: writes its JSON. @throws NotPlain */
export type Write = (piece: Piece, value: unknown) => void;

/** An error, or a null where none may be: graphql-js executes the operation anew, and its answer counts. */
export class NotPlain extends Error {
  override readonly name = 'NotPlain';
}

/** One execution. It is over when nothing is awaited any more, also if it has failed. */
export class Run {
  readonly context: object;
  readonly variables: Record<string, unknown>;
  readonly argumentValues = new Map<object, Record<string, unknown>>();
  failure: unknown = null;
  #awaited = 0;
  #over: (() => void) | null = null;

  constructor(context: object, variables: Record<string, unknown>) {
    this.context = context;
    this.variables = variables;
  }

  fail(error: unknown): void {
    this.failure ??= error;
  }

  await(value: PromiseLike<unknown>, then: (value: unknown) => void): void {
    this.#awaited += 1;
    value.then(
      (settled) => {
        if (this.failure === null) this.attempt(() => then(settled));
        this.#leave();
      },
      (error) => {
        this.fail(error);
        this.#leave();
      },
    );
  }

  attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.fail(error);
    }
  }

  over(): Promise<void> | undefined {
    if (this.#awaited === 0) return undefined;
    return new Promise((resolve) => {
      this.#over = resolve;
    });
  }

  #leave(): void {
    this.#awaited -= 1;
    if (this.#awaited === 0) this.#over?.();
  }
}

/** JSON in the making, with pieces in it that are still awaited. */
export class Piece {
  readonly run: Run;
  text = '';
  #parts: (string | Piece)[] | null = null;

  constructor(run: Run) {
    this.run = run;
  }

  /** Continues when the value is there; what comes behind it is written meanwhile. */
  await(value: PromiseLike<unknown>, write: Write): void {
    const piece = new Piece(this.run);
    this.#parts ??= [];
    this.#parts.push(this.text, piece);
    this.text = '';
    this.run.await(value, (settled) => write(piece, settled));
  }

  /** Of all that is written in it, before it is one text. */
  get length(): number {
    return (this.#parts?.reduce((sum, part) => sum + part.length, 0) ?? 0) + this.text.length;
  }

  /** Not by `join`, which copies the text again in each piece around it. */
  toString(): string {
    let whole = '';
    for (const part of this.#parts ?? []) whole += part;
    return whole + this.text;
  }
}

export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}
