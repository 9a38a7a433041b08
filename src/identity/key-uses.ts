import { sql } from 'drizzle-orm';
import { LRUCache } from 'lru-cache';
import type { Db } from '../db/database.js';
import { apiKeys } from '../db/tables/identity.js';
import { isDatabaseAway, isReadOnly } from '../foundation/unavailable.js';

const EVERY_MS = 60_000;
const GATHER_MS = 1_000;
const MOST_NOTED = 10_000;

interface UsedKey {
  organization: { id: string };
  keyId: string;
}

/** Notes when keys are used: each at most once a minute, many by one statement, after the requests. */
export class KeyUses {
  readonly #db: Db;
  readonly #failed: (error: unknown) => void;
  readonly #noted = new LRUCache<string, true>({ max: MOST_NOTED, ttl: EVERY_MS });
  #waiting: UsedKey[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #hasFailed = false;

  constructor(db: Db, failed: (error: unknown) => void) {
    this.#db = db;
    this.#failed = failed;
  }

  readonly note = (key: UsedKey): void => {
    if (this.#noted.has(key.keyId)) return;
    this.#noted.set(key.keyId, true);
    this.#waiting.push(key);
    this.#timer ??= setTimeout(() => this.#write(), GATHER_MS).unref();
  };

  async close(): Promise<void> {
    if (this.#timer !== undefined) this.#write();
    await this.#writing;
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const keys = this.#waiting;
    this.#waiting = [];
    this.#writing = this.#writing.then(() => this.#update(keys)).catch((error) => this.#report(error));
  }

  /** Passes over a key that another gateway has just noted. */
  async #update(keys: readonly UsedKey[]): Promise<void> {
    const k = apiKeys;
    const organizations = sql.param(keys.map(({ organization }) => organization.id));
    const ids = sql.param(keys.map(({ keyId }) => keyId));
    await this.#db.execute(sql`
      update ${k} set last_used_at = clock_timestamp() from (
        select ${k.organizationId}, ${k.id} from ${k}
        where (${k.organizationId}, ${k.id}) in (select * from unnest(${organizations}::uuid[], ${ids}::uuid[]))
          and coalesce(${k.lastUsedAt} <= clock_timestamp() - make_interval(secs => ${EVERY_MS / 2_000}::float8), true)
        for no key update skip locked
      ) used
      where ${k.organizationId} = used.organization_id and ${k.id} = used.id`);
  }

  /** Requests go on without it. A role that may not write keys is worth one line. */
  #report(error: unknown): void {
    if (this.#hasFailed || isDatabaseAway(error) || isReadOnly(error)) return;
    this.#hasFailed = true;
    this.#failed(error);
  }
}
