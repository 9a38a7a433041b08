import { SecretsLocked } from '../account/sealed-secrets.js';
import { VendorRefusal, VendorUnreachable } from '../request/vendor-client.js';
import type { DeliveryKind } from './delivery.enums.js';

/** What a try says of its account: see settle_delivery. */
export type Verdict = 'OK' | 'FAILED' | 'REFUSED' | 'LIMITED' | 'NONE';

export interface Settlement {
  readonly state:
    | 'DELIVERED'
    | 'DELIVERED_DIFFERENT'
    | 'RETRYING'
    | 'DEAD'
    | 'INCOMPLETE'
    | 'DISCARDED'
    | 'EXPIRED'
    | 'SUPERSEDED';
  readonly verdict: Verdict;
  readonly error: string | null;
  readonly requestId?: string | null;
  /** Milliseconds until the next try. */
  readonly delay?: number;
}

export interface Try {
  readonly kind: DeliveryKind;
  /** 1 for the first. */
  readonly attempt: number;
}

/** Milliseconds. A flow and a hang-up are of use only for a short time. */
const FIRST_DELAY = 1_000;
const LOCKED_DELAY = 30_000;
const MOST_DELAY: Record<DeliveryKind, number> = {
  METADATA: 3_600_000,
  EVENT: 3_600_000,
  VOICE_CALL: 3_600_000,
  CALL_FLOW: 10_000,
  HANG_UP: 30_000,
};

/** A vendor may not know at once what it has just created. */
const TRIES_OF_UNKNOWN = 5;

const PASSING = new Set([408, 425]);

/** Full jitter: any time up to a limit that doubles with each try. */
export function delayOf({ kind, attempt }: Try, random = Math.random): number {
  return random() * Math.min(MOST_DELAY[kind], FIRST_DELAY * 2 ** Math.min(attempt, 30));
}

export function settlementOf(error: unknown, attempt: Try, random = Math.random): Settlement {
  const delay = delayOf(attempt, random);
  if (error instanceof VendorUnreachable) {
    return { state: 'RETRYING', verdict: 'FAILED', error: error.message, delay };
  }
  if (error instanceof SecretsLocked) {
    // Another gateway may have the key.
    return { state: 'RETRYING', verdict: 'NONE', error: error.message, delay: LOCKED_DELAY };
  }
  if (!(error instanceof VendorRefusal)) {
    return { state: 'RETRYING', verdict: 'NONE', error: 'The gateway failed; its log says why.', delay };
  }
  const { status, message, requestId, retryAfter } = error;
  const failure = { error: message, requestId, delay: Math.max(delay, retryAfter ?? 0) };
  if (status === 401 || status === 403)
    return { state: 'RETRYING', verdict: 'REFUSED', ...failure, delay: 0 };
  if (status === 429) return { state: 'RETRYING', verdict: 'LIMITED', ...failure };
  // A redirect is a wrong base URL, or maintenance.
  if (status < 400 || status >= 500 || PASSING.has(status))
    return { state: 'RETRYING', verdict: 'FAILED', ...failure };
  const isTriedAgain = status === 404 && attempt.attempt < TRIES_OF_UNKNOWN;
  return { state: isTriedAgain ? 'RETRYING' : 'DEAD', verdict: 'OK', ...failure };
}
