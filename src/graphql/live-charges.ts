import type { Charges } from '../live/charges.js';
import { rateLimited } from './limits-steps.js';
import type { RateLimiter } from './rate-limiter.js';

/**
 * Charges what subscriptions cause to the same rates as requests. Nothing can be refused of a change, so that a key may come
 * to owe points: its requests wait until that is paid. One that owes as much as it could save up loses its subscriptions.
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
