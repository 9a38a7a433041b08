import { PrivateAddress } from './public-lookup.js';
import { VendorUnreachable } from './vendor-client.js';

/** What an operator may see of a failed connection. */
export function unreachable(error: unknown): VendorUnreachable {
  const reason = reasonOf(error);
  return new VendorUnreachable(`The vendor cannot be reached: ${reason}.`, {
    hasTimedOut: reason === TIMED_OUT,
  });
}

const TIMED_OUT = 'timed out';

/** Without the host's address, which is not the reader's to know. */
function reasonOf(error: unknown): string {
  if (error instanceof PrivateAddress) return error.message;
  if (!(error instanceof Error)) return 'unknown';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  if (/TIMEOUT|TimeoutError|TIMEDOUT/.test(code)) return TIMED_OUT;
  return error.name === 'AbortError' ? 'stopped' : code;
}
