import { and, isNull } from 'drizzle-orm';
import type { Db } from '../db/database.js';
import { organizations } from '../db/tables/identity.js';

export const organizationsToPrune = (db: Db) =>
  db
    .select({ id: organizations.id })
    .from(organizations)
    .where(and(isNull(organizations.deletedAt), isNull(organizations.heldAt)));
