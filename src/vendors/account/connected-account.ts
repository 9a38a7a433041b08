import { createHash } from 'node:crypto';
import type { VendorAccountRow } from '../../db/tables/vendor-accounts.js';
import type { ConnectedAccount } from '../vendor.js';
import { type SealedSecrets, SecretsLocked } from './sealed-secrets.js';

/** @throws SecretsLocked */
export async function openAccount(sealed: SealedSecrets, row: VendorAccountRow): Promise<ConnectedAccount> {
  if (row.secrets === null) throw new SecretsLocked('The account is deleted.');
  const secrets = await sealed.open(row, row.secrets);
  return {
    organizationId: row.organizationId,
    id: row.id,
    name: row.name,
    baseUrl: row.baseUrl.replace(/\/+$/, ''),
    settings: row.settings,
    secrets,
    secretsVersion: createHash('sha256').update(row.secrets).digest('base64url'),
  };
}
