import { eq, isNull, sql } from 'drizzle-orm';
import type { Database } from '../db/database.js';
import { newId, newUuid } from '../db/new-id.js';
import { apiKeys, organizations } from '../db/tables/identity.js';
import { identityQueries } from './identity.queries.js';
import { hashToken, newToken } from './token.js';
import type { ActorKind, Scope } from './viewer.js';

export interface NewApiKey {
  /** The organization's slug; it is made when it is new. */
  organization: string;
  name: string;
  kind: ActorKind;
  staffUid: string | null;
  scopes: Scope[];
  expiresAt: Date | null;
}

export interface ApiKeyInfo extends NewApiKey {
  /** A uuid. */
  id: string;
  createdAt: Date;
  revokedAt: Date | null;
}

/** Keys as their operator manages them; the command line is its only caller. */
export class ApiKeyService {
  readonly #database: Database;
  readonly #queries: ReturnType<typeof identityQueries>;

  constructor(database: Database) {
    this.#database = database;
    this.#queries = identityQueries(database.db);
  }

  /** The token is in the answer and nowhere else: only its hash is kept. */
  async create({ organization, ...key }: NewApiKey): Promise<{ token: string; id: string }> {
    const token = newToken();
    const { id, createdAt } = newId();
    await this.#database.transaction(async (tx) => {
      await tx
        .insert(organizations)
        .values({ id: newUuid(), slug: organization, name: organization })
        .onConflictDoNothing();
      const [owner] = await tx
        .select({ id: organizations.id })
        .from(organizations)
        .where(eq(organizations.slug, organization));
      if (owner === undefined) throw new Error(`organization ${organization} vanished while a key was made`);
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

  /** Newest first within each organization; of all organizations when none is named. */
  async list(organization?: string): Promise<ApiKeyInfo[]> {
    return this.#queries.keys(organization);
  }

  /**
   * False when there is no such key, or it was revoked before. Takes effect with the next request. The operator's, who
   * stands above the organizations: by the key's id alone, and not by its organization.
   */
  async revoke(id: string): Promise<boolean> {
    const revoked = await this.#database.db
      .update(apiKeys)
      .set({ revokedAt: sql`clock_timestamp()` })
      .where(sql`${eq(apiKeys.id, id)} and ${isNull(apiKeys.revokedAt)}`)
      .returning({ id: apiKeys.id });
    return revoked.length === 1;
  }
}
