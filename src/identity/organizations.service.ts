import { and, count, eq, isNull, sql } from 'drizzle-orm';
import type { Database } from '../db/database.js';
import { apiKeys, organizations } from '../db/tables/identity.js';
import { vendorAccounts } from '../db/tables/vendor-accounts.js';
import { databaseErrorCode, isDatabaseAway } from '../foundation/unavailable.js';

export type OrganizationState = 'ACTIVE' | 'SUSPENDED' | 'DELETED';

export interface OrganizationInfo {
  id: string;
  slug: string;
  name: string;
  state: OrganizationState;
  shard: number;
  createdAt: Date;
  suspendedAt: Date | null;
  /** Those that are valid. */
  keys: number;
  /** Null if its database does not answer. */
  accounts: number | null;
  lastUsedAt: Date | null;
}

const UNIQUE_VIOLATION = '23505';

/** The operator's view: all organizations. */
export class OrganizationsService {
  readonly #database: Database;
  readonly #databaseAt: (shard: number) => Promise<Database>;

  constructor(database: Database, databaseAt: (shard: number) => Promise<Database> = async () => database) {
    this.#database = database;
    this.#databaseAt = databaseAt;
  }

  async list(): Promise<OrganizationInfo[]> {
    const found = await this.#known();
    const accounts = new Map<number, Promise<Map<string, number> | null>>();
    return Promise.all(
      found.map(async (each) => {
        const { id, shard } = each;
        const counts = accounts.get(shard) ?? this.#accountsAt(shard);
        accounts.set(shard, counts);
        const known = await counts;
        return { ...each, accounts: known === null ? null : (known.get(id) ?? 0) };
      }),
    );
  }

  async #accountsAt(shard: number): Promise<Map<string, number> | null> {
    const a = vendorAccounts;
    try {
      const { db } = await this.#databaseAt(shard);
      const rows = await db
        .select({ id: a.organizationId, accounts: count() })
        .from(a)
        .where(isNull(a.deletedAt))
        .groupBy(a.organizationId);
      return new Map(rows.map(({ id, accounts }) => [id, accounts]));
    } catch (error) {
      if (!isDatabaseAway(error)) throw error;
      return null;
    }
  }

  async #known(): Promise<Omit<OrganizationInfo, 'accounts'>[]> {
    const o = organizations;
    const ofKeys = sql`from ${apiKeys} where ${apiKeys.organizationId} = ${o.id}`;
    return this.#database.db
      .select({
        id: o.id,
        slug: o.slug,
        name: o.name,
        state: sql<OrganizationState>`case when ${o.deletedAt} is not null then 'DELETED'
          when ${o.suspendedAt} is not null then 'SUSPENDED' else 'ACTIVE' end`,
        shard: o.shard,
        createdAt: o.createdAt,
        suspendedAt: o.suspendedAt,
        keys: sql<number>`(select count(*)::integer ${ofKeys} and ${apiKeys.revokedAt} is null
          and coalesce(${apiKeys.expiresAt} > clock_timestamp(), true))`,
        lastUsedAt: sql<Date | null>`(select max(${apiKeys.lastUsedAt}) ${ofKeys})`.mapWith(
          apiKeys.lastUsedAt,
        ),
      })
      .from(o)
      .orderBy(o.slug);
  }

  /** Without a name, one that was equal to the slug follows it. */
  async rename(slug: string, to: { slug?: string | undefined; name?: string | undefined }): Promise<boolean> {
    const o = organizations;
    const newSlug = to.slug ?? slug;
    const name = to.name ?? sql`case when ${o.name} = ${o.slug} then ${newSlug} else ${o.name} end`;
    try {
      return await this.#update(slug, { slug: newSlug, name });
    } catch (error) {
      if (databaseErrorCode(error) !== UNIQUE_VIOLATION) throw error;
      throw new Error(`there is another organization ${newSlug}`);
    }
  }

  suspend(slug: string): Promise<boolean> {
    return this.#update(slug, {
      suspendedAt: sql`coalesce(${organizations.suspendedAt}, clock_timestamp())`,
    });
  }

  resume(slug: string): Promise<boolean> {
    return this.#update(slug, { suspendedAt: null });
  }

  /** False if there is none, or it is being deleted. Its own database has its row too, which workers look at. */
  async #update(slug: string, values: object): Promise<boolean> {
    const updated = await this.#database.db
      .update(organizations)
      .set(values)
      .where(and(eq(organizations.slug, slug), isNull(organizations.deletedAt)))
      .returning({ id: organizations.id, shard: organizations.shard });
    for (const { id, shard } of updated) {
      if (shard === 0) continue;
      const { db } = await this.#databaseAt(shard);
      await db.update(organizations).set(values).where(eq(organizations.id, id));
    }
    return updated.length === 1;
  }
}
