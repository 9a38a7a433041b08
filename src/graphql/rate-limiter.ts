/** Keys that are remembered; above it the one that asked longest ago is forgotten, and begins with a full bucket. */
const MOST_KEYS = 10_000;

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
    const now = this.#now();
    const known = this.#buckets.get(key);
    const tokens = known
      ? Math.min(this.#burst, known.tokens + ((now - known.at) / 1000) * this.#perSecond)
      : this.#burst;
    const due = Math.min(points, this.#burst);
    const isEnough = tokens >= due;
    // Set anew, it is the last in the order of the map.
    this.#buckets.delete(key);
    this.#buckets.set(key, { tokens: isEnough ? tokens - points : tokens, at: now });
    if (this.#buckets.size > MOST_KEYS) this.#forgetOldest();
    return isEnough ? 0 : (due - tokens) / this.#perSecond;
  }

  #forgetOldest(): void {
    for (const key of this.#buckets.keys()) {
      this.#buckets.delete(key);
      return;
    }
  }
}
