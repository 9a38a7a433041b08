import type { RateLimiter } from './rate-limiter.js';

type Left = ReturnType<RateLimiter['left']>;

/** Of draft-ietf-httpapi-ratelimit-headers, as structured fields. The quota is counted in points of cost. */
export const RATE_HEADERS = ['ratelimit', 'ratelimit-policy'];

export function rateHeaders(
  { policy }: RateLimiter,
  { points, seconds }: Left,
): [name: string, value: string][] {
  return [
    ['ratelimit-policy', `"points";q=${Math.floor(policy.points)};w=${policy.seconds}`],
    ['ratelimit', `"points";r=${points};t=${Math.ceil(seconds)}`],
  ];
}
