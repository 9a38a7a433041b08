import { and, desc, eq, gt, isNull, or, sql } from 'drizzle-orm';
import type { Db } from '../db/database.js';
import { apiKeys, organizations } from '../db/tables/identity.js';

export function identityQueries(db: Db) {
  const organization = {
    id: organizations.id,
    slug: organizations.slug,
    name: organizations.name,
    shard: organizations.shard,
  };
  const isSuspended = sql<boolean>`${organizations.suspendedAt} is not null`;
  const viewer = {
    organization,
    isSuspended,
    keyId: apiKeys.id,
    kind: apiKeys.kind,
    name: apiKeys.name,
    staffUid: apiKeys.staffUid,
    scopes: apiKeys.scopes,
  };
  const isValid = and(
    isNull(apiKeys.revokedAt),
    or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, sql`clock_timestamp()`)),
  );
  const isOpen = and(isNull(organizations.deletedAt), isNull(organizations.suspendedAt));
  return {
    viewersByTokenHash: db
      .select({ ...viewer, hash: sql<string>`encode(${apiKeys.tokenHash}, 'hex')` })
      .from(apiKeys)
      .innerJoin(organizations, eq(organizations.id, apiKeys.organizationId))
      .where(
        and(
          sql`${apiKeys.tokenHash} = any(array(select decode(given, 'hex') from unnest(${sql.placeholder('hashes')}::text[]) given))`,
          isValid,
          isNull(organizations.deletedAt),
        ),
      )
      .prepare('viewers_by_token_hash'),

    organizations: db
      .select({ ...organization, isSuspended })
      .from(organizations)
      .where(
        sql`(${organizations.slug} = any(${sql.placeholder('slugs')}::text[])
          or ${organizations.id} = any(${sql.placeholder('ids')}::uuid[])) and ${organizations.deletedAt} is null`,
      )
      .prepare('organizations_by_name'),

    validKeys: db
      .select({ id: apiKeys.id, shard: organizations.shard })
      .from(apiKeys)
      .innerJoin(organizations, eq(organizations.id, apiKeys.organizationId))
      .where(
        and(
          sql`(${apiKeys.organizationId}, ${apiKeys.id}) in (
            select * from unnest(${sql.placeholder('organizations')}::uuid[], ${sql.placeholder('ids')}::uuid[]))`,
          isValid,
          isOpen,
        ),
      )
      .prepare('valid_keys'),

    openOrganizations: db
      .select({ id: organizations.id, shard: organizations.shard })
      .from(organizations)
      .where(and(sql`${organizations.id} = any(${sql.placeholder('ids')}::uuid[])`, isOpen))
      .prepare('open_organizations'),

    keys: (slug: string | undefined) =>
      db
        .select({
          id: apiKeys.id,
          organization: organizations.slug,
          name: apiKeys.name,
          kind: apiKeys.kind,
          staffUid: apiKeys.staffUid,
          scopes: apiKeys.scopes,
          createdAt: apiKeys.createdAt,
          expiresAt: apiKeys.expiresAt,
          revokedAt: apiKeys.revokedAt,
          lastUsedAt: apiKeys.lastUsedAt,
        })
        .from(apiKeys)
        .innerJoin(organizations, eq(organizations.id, apiKeys.organizationId))
        .where(slug === undefined ? sql`true` : eq(organizations.slug, slug))
        .orderBy(organizations.slug, desc(apiKeys.id)),
  };
}
