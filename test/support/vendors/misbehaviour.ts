import type { SeenRequest } from './observations.js';

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A string is sent as text, bytes and a stream as they are, another value as JSON; undefined as no body. */
  readonly body?: unknown;
}

/** What a fake vendor does beside what its specification says. Requests are checked first, whatever follows. */
export interface Misbehaviour {
  /** Milliseconds before it does anything. */
  readonly delay?: number | (() => number);
  /** Keeps a request until `release()`, and then goes on with it, unless the client has gone. */
  readonly hang?: (request: SeenRequest) => boolean;
  /** An answer in place of the vendor's own. Nothing is applied. */
  readonly refuse?: (request: SeenRequest) => Answer | null;
  readonly chaos?: Chaos;
  /** Connections are destroyed as soon as they are made. */
  readonly away?: boolean;
  /** Calls that the vendor does not know for now. */
  readonly forget?: (callKey: string) => boolean;
}

/** Shares of all requests, from 0 to 1. */
export interface Chaos {
  readonly seed: number;
  /** 503. */
  readonly unavailable?: number;
  /** The request takes effect, and the connection is destroyed without an answer. */
  readonly appliedThenTimedOut?: number;
  /** 429; seconds. */
  readonly limited?: { readonly share: number; readonly retryAfter: number };
}

export type Fate = 'served' | 'unavailable' | 'limited' | 'appliedThenTimedOut';

/** The fate of one request after the other: the same for the same seed. */
export function fates({ seed, unavailable = 0, appliedThenTimedOut = 0, limited }: Chaos): () => Fate {
  const random = randomNumbers(seed);
  const shares: [Fate, number][] = [
    ['unavailable', unavailable],
    ['appliedThenTimedOut', appliedThenTimedOut],
    ['limited', limited?.share ?? 0],
  ];
  return () => {
    let drawn = random();
    for (const [fate, share] of shares) {
      if (drawn < share) return fate;
      drawn -= share;
    }
    return 'served';
  };
}

/** mulberry32 */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
