/** Aborts its signal after so many milliseconds; those in which it rests do not count. */
export class Deadline {
  readonly #controller = new AbortController();
  #left: number;
  #since = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(milliseconds: number) {
    this.#left = milliseconds;
    this.#start();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  async rest<T>(until: () => Promise<T>): Promise<T> {
    this.end();
    this.#left -= performance.now() - this.#since;
    try {
      return await until();
    } finally {
      this.#start();
    }
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #start(): void {
    this.#since = performance.now();
    const abort = () => this.#controller.abort(new DOMException('The time is over.', 'TimeoutError'));
    this.#timer = setTimeout(abort, Math.max(0, this.#left)).unref();
  }
}
