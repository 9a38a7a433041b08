import { eq } from 'drizzle-orm';
import type { Database } from '../db/database.js';
import { organizations } from '../db/tables/identity.js';
import { newUuid } from '../foundation/new-id.js';

export interface NewPlace {
  shard: number;
  database: Pick<Database, 'db'>;
}

/**
 * Makes the row that the organization's other rows refer to, before the one that all gateways see: if the second is never
 * made, another try takes the first one.
 */
export async function placeOrganization(
  { shard, database: { db } }: NewPlace,
  slug: string,
): Promise<string> {
  await db
    .insert(organizations)
    .values({ id: newUuid(), slug, name: slug, shard })
    .onConflictDoNothing({ target: organizations.slug });
  const [made] = await db
    .select({ id: organizations.id })
    .from(organizations)
    .where(eq(organizations.slug, slug));
  if (made === undefined)
    throw new Error(`organization ${slug} vanished while it was placed on shard ${shard}`);
  return made.id;
}
