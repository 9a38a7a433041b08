import { type Client, createClient, type SubscribePayload } from 'graphql-ws';
import { CONSISTENCY_HEADER, seenBy, tokenIn } from './consistency.js';
import {
  type Closed,
  ConnectionRefused,
  closedBy,
  FATAL_CODES,
  type LiveError,
  SIGN_IN_CODES,
} from './live-errors.js';
import type { LiveOptions, LiveResult } from './live-values.js';
import { authorization } from './sign-in.js';
import { sleep, waitWithJitter } from './sleep.js';
import { unharmed } from './unharmed.js';

/** Milliseconds. */
const KEEP_ALIVE = 12_000;
const ANSWER_WITHIN = 10_000;
/** A connection that lived so long was a good one: the next tries begin anew. */
const GOOD_AFTER = 10_000;
/** Between two subscriptions, so that a list that reads its next page need not connect again. */
const CLOSE_AFTER = 1_000;
/** In a row; a token may be refused once because it has expired on the way. */
const MOST_REFUSALS = 5;

export interface Running {
  /** Resolves when the operation is complete; rejects with GraphQL errors, or with what ended the connection. */
  done: Promise<void>;
  stop(): void;
}

/** The WebSocket that all subscriptions share, and the tries to open it again. */
export class Connection {
  readonly #options: LiveOptions;
  readonly #socket: Client;
  readonly #disposal = new AbortController();
  /** By what the connection failed of: all subscriptions get the same, and wait for the same try. */
  readonly #recoveries = new WeakMap<object, Promise<LiveError | null>>();
  #recovery: Promise<LiveError | null> | null = null;
  #attempt = 0;
  #refusals = 0;
  #connectedAt: number | null = null;
  #silence: ReturnType<typeof setTimeout> | undefined;

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#socket = createClient({
      url: socketUrl(options.url),
      webSocketImpl: options.webSocketImpl,
      connectionParams: async () => {
        const Authorization = await authorization(options.token);
        const { tokens } = seenBy(options.token);
        return { Authorization, ...(tokens.length > 0 && { [CONSISTENCY_HEADER]: tokens.join(', ') }) };
      },
      connectionAckWaitTimeout: ANSWER_WITHIN,
      keepAlive: options.keepAlive ?? KEEP_ALIVE,
      lazyCloseTimeout: CLOSE_AFTER,
      // It would send the same variables again.
      retryAttempts: 0,
      on: {
        connected: () => {
          this.#connectedAt = Date.now();
          this.#refusals = 0;
          unharmed(() => options.onState?.({ state: 'connected' }));
        },
        ping: (isReceived) => {
          if (!isReceived) this.#expectSign();
        },
        message: () => clearTimeout(this.#silence),
        closed: () => clearTimeout(this.#silence),
      },
    });
  }

  get isDisposed(): boolean {
    return this.#disposal.signal.aborted;
  }

  run(payload: SubscribePayload, next: (result: LiveResult) => void): Running {
    let stop = () => {};
    let named: string[] = [];
    const done = new Promise<void>((resolve, reject) => {
      stop = this.#socket.subscribe(payload, {
        next: (result) => {
          const token = tokenIn(result as LiveResult);
          seenBy(this.#options.token).take(named, token);
          if (token !== null) named = [token];
          next(result as LiveResult);
        },
        error: reject,
        complete: resolve,
      });
    });
    // It counts its subscriptions, and keeps one that has failed in the count until then.
    return { done: done.finally(() => stop()), stop: () => stop() };
  }

  async ask(query: string): Promise<LiveResult> {
    let answer: LiveResult = {};
    await this.run({ query }, (result) => {
      answer = result;
    }).done;
    return answer;
  }

  /** Something has arrived. */
  progressed(): void {
    this.#attempt = 0;
  }

  /** Waits for the time of the next try, or answers with why there is none. */
  recover(failure: unknown): Promise<LiveError | null> {
    const cause = typeof failure === 'object' && failure !== null ? failure : {};
    const known = this.#recoveries.get(cause);
    if (known !== undefined) return known;
    this.#recovery ??= this.#recoverFrom(closedBy(failure)).finally(() => {
      this.#recovery = null;
    });
    this.#recoveries.set(cause, this.#recovery);
    return this.#recovery;
  }

  /** The token is refused while the connection is still open. */
  signInAnew(): void {
    this.#socket.terminate();
  }

  pause(attempt: number, atLeast = 0): Promise<void> {
    const wait = (this.#options.retryWait ?? waitWithJitter)(attempt);
    return sleep(Math.max(wait, atLeast), this.#disposal.signal);
  }

  async dispose(): Promise<void> {
    this.#disposal.abort();
    clearTimeout(this.#silence);
    const late = new AbortController();
    // While it connects, it would wait for that.
    await Promise.race([
      Promise.resolve(this.#socket.dispose()).catch(() => {}),
      sleep(CLOSE_AFTER, late.signal),
    ]);
    late.abort();
    this.#socket.terminate();
  }

  async #recoverFrom(closed: Closed): Promise<LiveError | null> {
    const { code, reason } = closed;
    if (this.#connectedAt !== null && Date.now() - this.#connectedAt > GOOD_AFTER) this.#attempt = 0;
    this.#connectedAt = null;
    if (code !== null && FATAL_CODES.includes(code)) return new ConnectionRefused(closed);
    if (code !== null && SIGN_IN_CODES.includes(code)) {
      this.#refusals += 1;
      const isFixed = typeof this.#options.token === 'string';
      if (isFixed || this.#refusals > MOST_REFUSALS) return new ConnectionRefused(closed);
    }
    this.#attempt += 1;
    const attempt = this.#attempt;
    if (attempt > (this.#options.retryAttempts ?? Number.POSITIVE_INFINITY)) {
      return new ConnectionRefused(closed);
    }
    const wait = (this.#options.retryWait ?? waitWithJitter)(attempt);
    const words = `${code ?? ''} ${reason}`.trim();
    unharmed(() => this.#options.onState?.({ state: 'waiting', attempt, wait, reason: words }));
    await sleep(wait, this.#disposal.signal);
    return null;
  }

  /** A cable that was pulled tells nothing: what should answer a ping is taken for cut. */
  #expectSign(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(
      () => this.#socket.terminate(),
      Math.min(this.#options.keepAlive ?? KEEP_ALIVE, ANSWER_WITHIN),
    );
  }
}

/** A page's own address completes a relative one. */
function socketUrl(url: string): string {
  const page = (globalThis as { location?: { href: string } }).location?.href;
  const full = new URL(url, page);
  full.protocol = full.protocol.replace(/^http/, 'ws');
  return full.href;
}
