import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Database } from '../db/database.js';
import { apiKeys, organizations } from '../db/tables/identity.js';
import { vendorAccounts } from '../db/tables/vendor-accounts.js';
import { databaseErrorCode } from '../foundation/unavailable.js';

export type OrganizationState = 'ACTIVE' | 'SUSPENDED' | 'DELETED';

export interface OrganizationInfo {
  id: string;
  slug: string;
  name: string;
  state: OrganizationState;
  createdAt: Date;
  suspendedAt: Date | null;
  /** Those that are valid. */
  keys: number;
  accounts: number;
  lastUsedAt: Date | null;
}

const UNIQUE_VIOLATION = '23505';

/** The operator's view: all organizations. */
export class OrganizationsService {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async list(): Promise<OrganizationInfo[]> {
    const o = organizations;
    const ofKeys = sql`from ${apiKeys} where ${apiKeys.organizationId} = ${o.id}`;
    return this.#database.db
      .select({
        id: o.id,
        slug: o.slug,
        name: o.name,
        state: sql<OrganizationState>`case when ${o.deletedAt} is not null then 'DELETED'
          when ${o.suspendedAt} is not null then 'SUSPENDED' else 'ACTIVE' end`,
        createdAt: o.createdAt,
        suspendedAt: o.suspendedAt,
        keys: sql<number>`(select count(*)::integer ${ofKeys} and ${apiKeys.revokedAt} is null
          and coalesce(${apiKeys.expiresAt} > clock_timestamp(), true))`,
        accounts: sql<number>`(select count(*)::integer from ${vendorAccounts}
          where ${vendorAccounts.organizationId} = ${o.id} and ${vendorAccounts.deletedAt} is null)`,
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

  /** False if there is none, or it is being deleted. */
  async #update(slug: string, values: object): Promise<boolean> {
    const updated = await this.#database.db
      .update(organizations)
      .set(values)
      .where(and(eq(organizations.slug, slug), isNull(organizations.deletedAt)))
      .returning({ id: organizations.id });
    return updated.length === 1;
  }
}
