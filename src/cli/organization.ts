import { eq } from 'drizzle-orm';
import type { Db } from '../db/database.js';
import { organizations } from '../db/tables/identity.js';
import { UsageError } from './usage.js';
import type { Databases } from './with-database.js';

const COLUMNS = {
  id: organizations.id,
  slug: organizations.slug,
  name: organizations.name,
  shard: organizations.shard,
};

export type PlacedOrganization = Pick<typeof organizations.$inferSelect, keyof typeof COLUMNS>;

/** The one that is named, or the only one. */
export async function organizationOf(db: Db, slug: string | undefined): Promise<PlacedOrganization> {
  const [found, ...others] = await db
    .select(COLUMNS)
    .from(organizations)
    .where(slug === undefined ? undefined : eq(organizations.slug, slug))
    .limit(2);
  if (found === undefined)
    throw new Error(slug === undefined ? 'there is no organization' : `no organization ${slug}`);
  if (others.length > 0) throw new UsageError('there are several organizations: name --organization');
  return found;
}

/** Those that are named, with the databases where their rows are; else all databases. */
export async function databasesOf({ first, at, all }: Databases, slug: string | undefined) {
  if (slug === undefined) return all();
  const [found] = await first.db.select(COLUMNS).from(organizations).where(eq(organizations.slug, slug));
  return found === undefined ? [] : [await at(found.shard)];
}
