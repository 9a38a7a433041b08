import type { CallImportRow } from '../../db/tables/call-imports.js';
import { SecretsLocked } from '../account/sealed-secrets.js';
import { delayOf } from '../delivery/delivery-failure.js';
import { VendorRefusal, VendorUnreachable } from '../request/vendor-client.js';
import { isTooLarge } from './page-reader.js';

const MOST_DELAY = 60_000;
const GIVE_UP = 86_400_000;

/** Null if the fault is the gateway's own. */
export const reasonOf = (error: unknown): string | null =>
  error instanceof VendorRefusal || error instanceof VendorUnreachable || error instanceof SecretsLocked
    ? error.message
    : null;

const PASSING = new Set([401, 403, 408, 425, 429]);

/** The vendor does not take the request, and will not later. */
export const isFinalRefusal = (error: unknown): boolean =>
  error instanceof VendorRefusal && error.status >= 400 && error.status < 500 && !PASSING.has(error.status);

/** The import is not tried again. */
export function isFinal(error: unknown, { failingSince }: CallImportRow): boolean {
  const since = failingSince ?? new Date();
  return isFinalRefusal(error) || isTooLarge(error) || Date.now() - since.getTime() > GIVE_UP;
}

export function delayFor({ attempts }: CallImportRow, error: unknown): number {
  const jittered = Math.min(MOST_DELAY, delayOf({ kind: 'METADATA', attempt: attempts }));
  return Math.max(250, jittered, error instanceof VendorRefusal ? (error.retryAfter ?? 0) : 0);
}
