import { and, eq, isNotNull } from 'drizzle-orm';
import type { Database } from '../../db/database.js';
import { vendorAccounts } from '../../db/tables/vendor-accounts.js';
import { keyNameOf, type SealedSecrets, SecretsLocked } from './sealed-secrets.js';

export interface Rotation {
  /** How many accounts were sealed anew. */
  resealed: number;
  /** The ids of those that do not open. */
  unreadable: string[];
}

type Row = Pick<typeof vendorAccounts.$inferSelect, 'organizationId' | 'id' | 'secrets'>;

const COLUMNS = {
  organizationId: vendorAccounts.organizationId,
  id: vendorAccounts.id,
  secrets: vendorAccounts.secrets,
};

/**
 * Seals the secrets of all organizations with the first key, one account at a time: a gateway that changes or opens one
 * meanwhile is not disturbed.
 */
export async function rotateSecrets({ db }: Database, sealed: SealedSecrets): Promise<Rotation> {
  const rotation: Rotation = { resealed: 0, unreadable: [] };
  for (const row of await db.select(COLUMNS).from(vendorAccounts).where(isNotNull(vendorAccounts.secrets))) {
    let current: Row | undefined = row;
    while (current !== undefined) current = await reseal(db, sealed, current, rotation);
  }
  return rotation;
}

/** Returns the row as it is now, if it has changed meanwhile. */
async function reseal(
  db: Database['db'],
  sealed: SealedSecrets,
  { organizationId, id, secrets: old }: Row,
  rotation: Rotation,
): Promise<Row | undefined> {
  if (old === null || keyNameOf(old) === sealed.sealingKey) return undefined;
  const secrets = await sealed.open({ organizationId, id }, old).catch((error: unknown) => {
    if (!(error instanceof SecretsLocked)) throw error;
    rotation.unreadable.push(id);
    return null;
  });
  if (secrets === null) return undefined;
  const own = and(eq(vendorAccounts.organizationId, organizationId), eq(vendorAccounts.id, id));
  const written = await db
    .update(vendorAccounts)
    .set({ secrets: await sealed.seal({ organizationId, id }, secrets) })
    .where(and(own, eq(vendorAccounts.secrets, old)))
    .returning({ id: vendorAccounts.id });
  rotation.resealed += written.length;
  if (written.length > 0) return undefined;
  const [changed] = await db.select(COLUMNS).from(vendorAccounts).where(own);
  return changed;
}
