import { and, eq, sql } from 'drizzle-orm';
import type { Db } from '../db/database.js';
import { persistedOperations } from '../db/tables/persisted-operations.js';

/** What one organization may keep. */
export const MOST_DOCUMENTS = 2_000;
export const MOST_BYTES = 8_388_608;

const organization = sql.placeholder('organization');
const hash = sql`decode(${sql.placeholder('hash')}, 'hex')`;

export function persistedOperationQueries(db: Db) {
  return {
    document: db
      .select({ document: persistedOperations.document })
      .from(persistedOperations)
      .where(and(eq(persistedOperations.organizationId, organization), eq(persistedOperations.hash, hash)))
      .prepare('persisted_document'),

    /** Drops what was not used for longest. Two at once may exceed the bounds by one document, until the next. */
    keep: (organizationId: string, hashInHex: string, document: string) => {
      const own = sql`decode(${hashInHex}, 'hex')`;
      return db.execute(sql`
        with kept as (
          insert into persisted_operations (organization_id, hash, document)
          values (${organizationId}::uuid, ${own}, ${document})
          on conflict (organization_id, hash) do update set used_at = excluded.used_at
        ), ranked as (
          select hash, row_number() over latest as place, sum(size) over latest as total
          from persisted_operations where organization_id = ${organizationId}::uuid and hash <> ${own}
          window latest as (order by used_at desc, hash)
        )
        delete from persisted_operations p using ranked r
        where p.organization_id = ${organizationId}::uuid and p.hash = r.hash
          and (r.place >= ${MOST_DOCUMENTS} or r.total + octet_length(${document}) > ${MOST_BYTES})`);
    },

    markUsed: (organizationId: string, hashInHex: string) =>
      db
        .update(persistedOperations)
        .set({ usedAt: sql`clock_timestamp()` })
        .where(
          and(
            eq(persistedOperations.organizationId, organizationId),
            eq(persistedOperations.hash, sql`decode(${hashInHex}, 'hex')`),
          ),
        ),
  };
}
