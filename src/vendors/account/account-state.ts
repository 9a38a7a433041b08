import type { VendorAccountRow } from '../../db/tables/vendor-accounts.js';
import { openAccount } from './connected-account.js';
import { type SealedSecrets, SecretsLocked } from './sealed-secrets.js';
import type { VendorAccountState } from './vendor-account.enums.js';

export interface AccountState {
  readonly state: VendorAccountState;
  readonly reason: string | null;
}

/** As in the SQL function settle_delivery. */
const CIRCUIT_OPENS_AT = 5;

export async function accountState(sealed: SealedSecrets, row: VendorAccountRow): Promise<AccountState> {
  if (row.deletedAt !== null) return { state: 'PAUSED', reason: 'The account is deleted.' };
  if (row.paused) return { state: 'PAUSED', reason: null };
  const unreadable = await openAccount(sealed, row).then(
    () => null,
    (error: unknown) => {
      if (error instanceof SecretsLocked) return error.message;
      throw error;
    },
  );
  if (unreadable !== null) return { state: 'FAILING', reason: unreadable };
  // Half open, until a delivery succeeds, is no better.
  const isFailing = row.isRefused || row.failures >= CIRCUIT_OPENS_AT;
  return isFailing ? { state: 'FAILING', reason: row.stateReason } : { state: 'ACTIVE', reason: null };
}
