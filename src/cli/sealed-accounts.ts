import { join } from 'node:path';
import type { Session } from '../backup/session.js';
import type { SecretsKey } from '../config/secrets-keys.js';
import { keyNameOf, SealedSecrets } from '../vendors/account/sealed-secrets.js';
import { whole } from './progress.js';

/** Vendor accounts whose secrets these keys do not open, by the name of the key that they were sealed with. */
export type SealedAccounts = ReadonlyMap<string, number>;

export async function sealedAccounts(
  { sql, tables }: Pick<Session, 'sql' | 'tables'>,
  keys: readonly SecretsKey[] = [],
): Promise<SealedAccounts> {
  const found = new Map<string, number>();
  // A backup may be older than the accounts.
  if (!tables.some(({ name }) => name === 'vendor_accounts')) return found;
  const rows = await sql`select organization_id, id, secrets from vendor_accounts where secrets is not null`;
  const opener = new SealedSecrets(keys);
  for (const { organization_id: organizationId, id, secrets } of rows) {
    if (keys.length > 0 && (await doesOpen(opener.open({ organizationId, id }, secrets)))) continue;
    const name = keyNameOf(secrets) ?? '(unknown)';
    found.set(name, (found.get(name) ?? 0) + 1);
  }
  return found;
}

const doesOpen = (opening: Promise<unknown>): Promise<boolean> =>
  opening.then(
    () => true,
    () => false,
  );

/** A line for each key. @param advice what is to be done with the key */
export const linesOf = (accounts: SealedAccounts, advice: (name: string) => string): string =>
  [...accounts]
    .map(([name, count]) => {
      const whose = count === 1 ? 'a vendor account' : `${whole(count)} vendor accounts`;
      return `The secrets of ${whose} are sealed with ${name}: ${advice(name)}.\n`;
    })
    .join('');

/** The name of the key beside the data of an embedded Postgres, and its file. */
export const KEY_FILE = 'secrets.key';

export const keyFileIn = (folder: string): string => join(folder, KEY_FILE);
