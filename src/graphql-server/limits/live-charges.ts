import type { Charges } from '../../live/charges.js';
import { rateLimited } from './limits-steps.js';
import type { RateLimiter } from './rate-limiter.js';

/**
 * A change cannot be refused, so a key may get into debt, which its requests wait out. A key that owes a full burst
 * loses its subscriptions.
 */
export function liveCharges(rates: RateLimiter): Charges {
  return {
    take: (key, points) => {
      const { seconds, isTooMuch } = rates.charge(key, points);
      return isTooMuch ? rateLimited(seconds) : null;
    },
    debt: (key) => rates.debt(key),
  };
}
