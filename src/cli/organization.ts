import { eq } from 'drizzle-orm';
import type { Db } from '../db/database.js';
import { organizations } from '../db/tables/identity.js';
import type { Viewer } from '../identity/viewer.js';
import { UsageError } from './usage.js';

/** The one that is named, or the only one. */
export async function organizationOf(db: Db, slug: string | undefined): Promise<Viewer['organization']> {
  const { id, name } = organizations;
  const [found, ...others] = await db
    .select({ id, slug: organizations.slug, name })
    .from(organizations)
    .where(slug === undefined ? undefined : eq(organizations.slug, slug))
    .limit(2);
  if (found === undefined)
    throw new Error(slug === undefined ? 'there is no organization' : `no organization ${slug}`);
  if (others.length > 0) throw new UsageError('there are several organizations: name --organization');
  return found;
}
