import { eq, isNull, sql } from 'drizzle-orm';
import type { Database } from '../db/database.js';
import { apiKeys, organizations } from '../db/tables/identity.js';
import { newId, newUuid } from '../foundation/new-id.js';
import type { ActorKind, Scope } from './identity.enums.js';
import { identityQueries } from './identity.queries.js';
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

  /** @throws UnknownOrganization if it may not make one */
  async create(
    { organization, ...key }: NewApiKey,
    { mayMakeOrganization = true } = {},
  ): Promise<{ token: string; id: string }> {
    const token = newToken();
    const { id, createdAt } = newId();
    await this.#database.transaction(async (tx) => {
      if (mayMakeOrganization) {
        await tx
          .insert(organizations)
          .values({ id: newUuid(), slug: organization, name: organization })
          .onConflictDoNothing();
      }
      const [owner] = await tx
        .select({ id: organizations.id, deletedAt: organizations.deletedAt })
        .from(organizations)
        .where(eq(organizations.slug, organization));
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
