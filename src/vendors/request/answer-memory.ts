/**
 * The memory for vendors' answers, of all requests of a process. One that grows large waits until there is room for it, unless
 * its holder holds some already: so none waits for what only its own end would release.
 */
export class AnswerMemory {
  readonly #size: number;
  #held = 0;
  readonly #waiting: { bytes: number; begin(): void }[] = [];

  constructor(size: number) {
    this.#size = size;
  }

  get held(): number {
    return this.#held;
  }

  holder(): AnswerHolder {
    return new AnswerHolder(this);
  }

  /** In order. A single answer that is larger than all of the memory passes alone. */
  async take(bytes: number, signal: AbortSignal): Promise<void> {
    if (this.#waiting.length > 0 || !this.#hasSpace(bytes)) await this.#turn(bytes, signal);
    else this.#held += bytes;
  }

  /** @param bytes negative to give back */
  add(bytes: number): void {
    this.#held += bytes;
    if (bytes < 0) this.#wake();
  }

  #hasSpace(bytes: number): boolean {
    return this.#held === 0 || this.#held + bytes <= this.#size;
  }

  #turn(bytes: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting = {
        bytes,
        begin: () => {
          signal.removeEventListener('abort', leave);
          resolve();
        },
      };
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(signal.reason);
        this.#wake();
      };
      if (signal.aborted) return reject(signal.reason);
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.push(waiting);
    });
  }

  #wake(): void {
    for (;;) {
      const [next] = this.#waiting;
      if (next === undefined || !this.#hasSpace(next.bytes)) return;
      this.#waiting.shift();
      this.#held += next.bytes;
      next.begin();
    }
  }
}

/** Of the answers that belong together: a call's, or a page's. They are held until it is over. */
export class AnswerHolder {
  readonly #memory: AnswerMemory;
  #held = 0;
  #isOver = false;

  constructor(memory: AnswerMemory) {
    this.#memory = memory;
  }

  async hold(bytes: number, signal: AbortSignal): Promise<void> {
    if (this.#held > 0) this.#memory.add(bytes);
    else await this.#memory.take(bytes, signal);
    this.#held += bytes;
    if (this.#isOver) this.release();
  }

  /** Of what turned out to be shorter. */
  shrink(bytes: number): void {
    if (this.#isOver) return;
    this.#held -= bytes;
    this.#memory.add(-bytes);
  }

  release(): void {
    this.#isOver = true;
    this.#memory.add(-this.#held);
    this.#held = 0;
  }
}
