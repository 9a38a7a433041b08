const MOST_KEYS = 10_000;

const BURST_SECONDS = 10;

export function rateLimiterOf({ rateLimit, rateBurst }: { rateLimit: number; rateBurst: number }) {
  return rateLimit > 0 ? new RateLimiter(rateLimit, rateBurst || BURST_SECONDS * rateLimit) : null;
}

interface Bucket {
  tokens: number;
  at: number;
}

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

  /** Returns 0 after taking the points, or the seconds to wait. */
  take(key: string, points: number): number {
    const tokens = this.#tokensOf(key);
    const due = Math.min(points, this.#burst);
    const isEnough = tokens >= due;
    this.#set(key, isEnough ? tokens - points : tokens);
    return isEnough ? 0 : (due - tokens) / this.#perSecond;
  }

  /** Takes points even into debt. Returns the seconds until it is paid, and `isTooMuch` if it exceeds the burst. */
  charge(key: string, points: number): { seconds: number; isTooMuch: boolean } {
    const tokens = this.#tokensOf(key) - points;
    this.#set(key, tokens);
    return { seconds: Math.max(0, -tokens / this.#perSecond), isTooMuch: tokens < -this.#burst };
  }

  /** The points that the key has left, and the seconds until it has all of its burst. */
  left(key: string): { points: number; seconds: number } {
    const tokens = this.#tokensOf(key);
    return { points: Math.max(0, Math.floor(tokens)), seconds: (this.#burst - tokens) / this.#perSecond };
  }

  /** The burst, and the seconds in which it is saved up. */
  get policy(): { points: number; seconds: number } {
    return { points: this.#burst, seconds: Math.max(1, Math.ceil(this.#burst / this.#perSecond)) };
  }

  debt(key: string): number {
    return Math.max(0, -this.#tokensOf(key) / this.#perSecond);
  }

  #tokensOf(key: string): number {
    const known = this.#buckets.get(key);
    if (known === undefined) return this.#burst;
    return Math.min(this.#burst, known.tokens + ((this.#now() - known.at) / 1000) * this.#perSecond);
  }

  #set(key: string, tokens: number): void {
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
