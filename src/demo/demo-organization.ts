import { eq } from 'drizzle-orm';
import type { Database } from '../db/database.js';
import { organizations } from '../db/tables/identity.js';
import { newUuid } from '../foundation/new-id.js';
import type { Viewer } from '../identity/viewer.js';

/** Where a UUID has its version. All other ids here are of version 7. */
const VERSION_AT = 14;
/** RFC 9562, section 5.8: for what an application means by it. */
const DEMO_VERSION = '8';

export class NotDemo extends Error {
  override readonly name = 'NotDemo';
}

/** An organization that the demo made: no key or command can make another one with such an id, or change an id. */
export const isDemo = (organizationId: string): boolean => organizationId[VERSION_AT] === DEMO_VERSION;

export function newDemoId(): string {
  const id = newUuid();
  return `${id.slice(0, VERSION_AT)}${DEMO_VERSION}${id.slice(VERSION_AT + 1)}`;
}

/**
 * Makes it if it is new.
 * @throws NotDemo if it is another organization's name
 */
export async function demoOrganization(
  { db }: Database,
  slug: string,
): Promise<{ organization: Viewer['organization']; shard: number; isNew: boolean }> {
  const made = await db
    .insert(organizations)
    .values({ id: newDemoId(), slug, name: slug })
    .onConflictDoNothing()
    .returning({ id: organizations.id });
  const [found] = await db
    .select({
      id: organizations.id,
      name: organizations.name,
      shard: organizations.shard,
      deletedAt: organizations.deletedAt,
    })
    .from(organizations)
    .where(eq(organizations.slug, slug));
  if (found === undefined || found.deletedAt !== null)
    throw new NotDemo(`organization ${slug} is being deleted`);
  const { id, name, shard } = found;
  if (!isDemo(id))
    throw new NotDemo(`organization ${slug} was not made by the demo: it gets no simulated calls`);
  return { organization: { id, slug, name }, shard, isNew: made.length > 0 };
}
