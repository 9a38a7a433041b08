import type { RateLimiter } from './rate-limiter.js';

/** Of draft-ietf-httpapi-ratelimit-headers, as structured fields. The quota is counted in points of cost. */
export const RATE_HEADERS = ['ratelimit', 'ratelimit-policy'];

export function rateHeaders(rates: RateLimiter, key: string): [name: string, value: string][] {
  const { policy } = rates;
  const { points, seconds } = rates.left(key);
  return [
    ['ratelimit-policy', `"points";q=${Math.floor(policy.points)};w=${policy.seconds}`],
    ['ratelimit', `"points";r=${points};t=${Math.ceil(seconds)}`],
  ];
}
