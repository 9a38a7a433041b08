/** Keys that are remembered; above it the one that asked longest ago is forgotten, and begins with a full bucket. */
const MOST_KEYS = 10_000;

/** Unless RATE_BURST says otherwise, this many seconds can be saved up. */
const BURST_SECONDS = 10;

/** The one limiter of a gateway; null where keys may ask for as much as they like. */
export function rateLimiterOf({ rateLimit, rateBurst }: { rateLimit: number; rateBurst: number }) {
  return rateLimit > 0 ? new RateLimiter(rateLimit, rateBurst || BURST_SECONDS * rateLimit) : null;
}

interface Bucket {
  /** What is left, at `at`. */
  tokens: number;
  at: number;
}

/**
 * A token bucket for each key: so many points a second, saved up to `burst`. What costs more than is left, but not more
 * than the burst, has to wait; what costs more than the burst is let through when the bucket is full, and leaves a debt.
 */
export class RateLimiter {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #now: () => number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(perSecond: number, burst: number, now: () => number = () => performance.now()) {
    this.#perSecond = perSecond;
    this.#burst = Math.max(burst, 1);
    this.#now = now;
  }

  get size(): number {
    return this.#buckets.size;
  }

  /** Takes the points and answers with 0, or takes none and answers with the seconds after which there will be enough. */
  take(key: string, points: number): number {
    const tokens = this.#tokensOf(key);
    const due = Math.min(points, this.#burst);
    const isEnough = tokens >= due;
    this.#set(key, isEnough ? tokens - points : tokens);
    return isEnough ? 0 : (due - tokens) / this.#perSecond;
  }

  /**
   * Takes the points of work that cannot wait, whether they are there or not. Answers with the seconds after which the key
   * owes nothing, and `isTooMuch` where it owes more than it could ever save up.
   */
  charge(key: string, points: number): { seconds: number; isTooMuch: boolean } {
    const tokens = this.#tokensOf(key) - points;
    this.#set(key, tokens);
    return { seconds: Math.max(0, -tokens / this.#perSecond), isTooMuch: tokens < -this.#burst };
  }

  /** Seconds after which the key owes nothing. */
  debt(key: string): number {
    return Math.max(0, -this.#tokensOf(key) / this.#perSecond);
  }

  #tokensOf(key: string): number {
    const known = this.#buckets.get(key);
    if (known === undefined) return this.#burst;
    return Math.min(this.#burst, known.tokens + ((this.#now() - known.at) / 1000) * this.#perSecond);
  }

  #set(key: string, tokens: number): void {
    // Set anew, it is the last in the order of the map.
    this.#buckets.delete(key);
    this.#buckets.set(key, { tokens, at: this.#now() });
    if (this.#buckets.size > MOST_KEYS) this.#forgetOldest();
  }

  #forgetOldest(): void {
    for (const key of this.#buckets.keys()) {
      this.#buckets.delete(key);
      return;
    }
  }
}
