import { and, isNull, ne } from 'drizzle-orm';
import type { Db } from './database.js';
import { organizations } from './tables/identity.js';

/** What is wrong if SHARD_URLS does not lead to this database at this place; else null. */
export async function placeProblem(db: Db, shard: number): Promise<string | null> {
  const [stranger] = await db
    .select({ shard: organizations.shard })
    .from(organizations)
    .where(and(ne(organizations.shard, shard), isNull(organizations.heldAt)))
    .limit(1);
  return stranger === undefined
    ? null
    : `it has organizations of shard ${stranger.shard}, and stands at the place of shard ${shard}`;
}
