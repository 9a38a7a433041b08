import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../db/database.js';
import type { VendorAccountRow } from '../../db/tables/vendor-accounts.js';
import { type VendorClient, VendorUnreachable } from '../request/vendor-client.js';
import { takeRequest } from './message-account.store.js';

/** Waits before each request until the account's rate allows it. */
export function pacedClient(
  database: Database,
  account: VendorAccountRow,
  client: VendorClient,
  signal: AbortSignal,
  { canWait = false } = {},
): VendorClient {
  return {
    async send(request) {
      for (;;) {
        const wait = await takeRequest(database, account, { canWait });
        if (wait === 0) return client.send(request);
        await sleep(wait, undefined, { signal }).catch(() => {
          throw new VendorUnreachable(
            'The request was not made in time: the account’s rate did not allow it.',
          );
        });
      }
    },
  };
}
