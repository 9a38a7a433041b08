import { eq, isNull, sql } from 'drizzle-orm';
import type { Database } from '../db/database.js';
import { apiKeys, organizations } from '../db/tables/identity.js';
import { newId, newUuid } from '../foundation/new-id.js';
import type { ActorKind, Scope } from './identity.enums.js';
import { identityQueries } from './identity.queries.js';
import { type NewPlace, placeOrganization } from './organization-place.store.js';
import { hashToken, newToken } from './token.js';

export interface NewApiKey {
  organization: string;
  name: string;
  kind: ActorKind;
  staffUid: string | null;
  scopes: Scope[];
  expiresAt: Date | null;
}

export interface ApiKeyInfo extends NewApiKey {
  id: string;
  createdAt: Date;
  revokedAt: Date | null;
  lastUsedAt: Date | null;
}

const MOST_NAMED = 10;

export class UnknownOrganization extends Error {
  readonly slug: string;
  /** Some of those that there are. */
  readonly known: string[];

  constructor(slug: string, known: string[]) {
    super(`there is no organization ${slug}`);
    this.slug = slug;
    this.known = known;
  }
}

export class ApiKeyService {
  readonly #database: Database;
  readonly #queries: ReturnType<typeof identityQueries>;

  constructor(database: Database) {
    this.#database = database;
    this.#queries = identityQueries(database.db);
  }

  /**
   * @param place of an organization that is made; else it is where its keys are
   * @throws UnknownOrganization if it may not make one
   */
  async create(
    { organization, ...key }: NewApiKey,
    {
      mayMakeOrganization = true,
      place,
    }: { mayMakeOrganization?: boolean; place?: NewPlace | undefined } = {},
  ): Promise<{ token: string; id: string }> {
    const token = newToken();
    const { id, createdAt } = newId();
    const { id: organizationId, shard, slug, deletedAt } = organizations;
    const found = { id: organizationId, shard, deletedAt };
    await this.#database.transaction(async (tx) => {
      const owners = tx.select(found).from(organizations).where(eq(slug, organization));
      if (mayMakeOrganization && (await owners).length === 0) {
        const id = place === undefined ? newUuid() : await placeOrganization(place, organization);
        await tx
          .insert(organizations)
          .values({ id, slug: organization, name: organization, shard: place?.shard ?? 0 })
          .onConflictDoNothing();
      }
      const [owner] = await owners;
      if (owner === undefined) {
        const known = await tx
          .select({ slug: organizations.slug })
          .from(organizations)
          .where(isNull(organizations.deletedAt))
          .orderBy(organizations.slug)
          .limit(MOST_NAMED);
        throw new UnknownOrganization(
          organization,
          known.map(({ slug }) => slug),
        );
      }
      if (owner.deletedAt !== null) {
        throw new Error(
          `organization ${organization} is being deleted: run organizations delete again first`,
        );
      }
      if (place !== undefined && place.shard !== owner.shard) {
        throw new Error(
          `organization ${organization} is on shard ${owner.shard}: only a new one can be placed`,
        );
      }
      await tx.insert(apiKeys).values({
        ...key,
        organizationId: owner.id,
        id,
        createdAt,
        tokenHash: Buffer.from(hashToken(token), 'hex'),
      });
    });
    return { token, id };
  }

  async list(organization?: string): Promise<ApiKeyInfo[]> {
    return this.#queries.keys(organization);
  }

  /** By id alone, because the operator manages all organizations. */
  async revoke(id: string): Promise<boolean> {
    const revoked = await this.#database.db
      .update(apiKeys)
      .set({ revokedAt: sql`clock_timestamp()` })
      .where(sql`${eq(apiKeys.id, id)} and ${isNull(apiKeys.revokedAt)}`)
      .returning({ id: apiKeys.id });
    return revoked.length === 1;
  }
}
