import { LRUCache } from 'lru-cache';
import { type Account, runFor } from '../db/connection/account.js';
import type { CommitSignals, Listener } from '../db/connection/commit-signals.js';
import type { Database } from '../db/database.js';
import type { Viewer } from '../identity/viewer.js';
import { MOST_BYTES, persistedOperationQueries } from './persisted-operation.queries.js';

/** In memory, of all organizations: what is dropped here is read from the database again. */
const MEMORY = 33_554_432;
const MOST_IN_MEMORY = 20_000;
const BYTES_OF_ENTRY = 200;

/** Milliseconds. So long at most a document stays in memory that was erased, if no signal says so: then it is read again. */
const KEPT_FOR = 3_600_000;

/** Milliseconds. Rarely, for a use is no reason to write. */
const USED_EVERY = 3_600_000;
/** Milliseconds without writes after one has failed: the role may be read-only for good. */
const PAUSE = 300_000;
/** More are kept in memory alone. */
const MOST_WRITES_WAITING = 100;

interface Known {
  document: string;
  /** When the database was last sent it, or its use; 0 if it has not taken it. */
  writtenAt: number;
}

type Owner = Pick<Viewer, 'organization' | 'account'>;

export interface DocumentStore {
  database: Pick<Database, 'db' | 'signals'>;
  listener: Pick<CommitSignals, 'listen'>;
}

/** Documents by the SHA-256 that clients ask for them by, in hex. What the database does not do is done in memory alone. */
export class PersistedOperationService {
  readonly #queries: readonly ReturnType<typeof persistedOperationQueries>[];
  readonly #failed: (error: unknown) => void;
  readonly #stores: readonly DocumentStore[];
  readonly #forget: readonly (() => void)[];
  readonly #known: LRUCache<string, Known>;
  #listening: readonly Listener[] | null = null;
  /** How often documents were erased: what began before is not kept. */
  #erasures = 0;
  #writing: Promise<void> = Promise.resolve();
  #waiting = 0;
  #pausedUntil = 0;

  /** One store for each database, in the order of their numbers. */
  constructor(stores: readonly DocumentStore[], failed: (error: unknown) => void, keptFor = KEPT_FOR) {
    this.#queries = stores.map(({ database }) => persistedOperationQueries(database.db));
    this.#stores = stores;
    this.#failed = failed;
    this.#known = new LRUCache({
      max: MOST_IN_MEMORY,
      maxSize: MEMORY,
      sizeCalculation: ({ document }) => BYTES_OF_ENTRY + 2 * document.length,
      ttl: keptFor,
      ttlAutopurge: true,
    });
    this.#forget = stores.map(({ database }) =>
      database.signals.onErased((organizationId) => this.#erased(organizationId)),
    );
  }

  async find(owner: Owner, hash: string): Promise<string | null> {
    const { organization, account } = owner;
    const { id } = organization;
    const key = keyOf(id, hash);
    const known = this.#known.get(key);
    const markUsed = () => this.#queriesOf(owner).markUsed(id, hash);
    if (known !== undefined) {
      if (known.writtenAt > 0) this.#write(account, known, markUsed);
      return known.document;
    }
    const erasures = this.#erasures;
    const document = await this.#read(owner, hash);
    if (document === null || erasures !== this.#erasures) return document;
    const read: Known = { document, writtenAt: 1 };
    this.#remember(key, read);
    this.#write(account, read, markUsed);
    return document;
  }

  /** For a document that was parsed and validated. */
  keep(owner: Owner, hash: string, document: string): void {
    const { organization, account } = owner;
    const { id } = organization;
    const key = keyOf(id, hash);
    const known: Known = this.#known.get(key) ?? { document, writtenAt: 0 };
    this.#remember(key, known);
    if (Buffer.byteLength(document) > MOST_BYTES) return;
    this.#write(account, known, () => this.#queriesOf(owner).keep(id, hash, document));
  }

  /** When what was to be written has been. */
  async close(): Promise<void> {
    for (const forget of this.#forget) forget();
    await Promise.all(this.#listening?.map((listener) => listener.close()) ?? []);
    await this.#writing;
    this.#known.clear();
  }

  #queriesOf({ organization: { shard = 0 } }: Owner) {
    return this.#queries[shard] as ReturnType<typeof persistedOperationQueries>;
  }

  #remember(key: string, known: Known): void {
    this.#listening ??= this.#stores.map(({ listener }) =>
      listener.listen(
        () => {},
        (organizationId) => this.#erased(organizationId),
      ),
    );
    this.#known.set(key, known);
  }

  #erased(organizationId: string | null): void {
    this.#erasures += 1;
    for (const key of [...this.#known.keys()]) {
      if (organizationId === null || key.startsWith(keyOf(organizationId, ''))) this.#known.delete(key);
    }
  }

  /** The client then sends the text, which may be answered without the database. */
  async #read(owner: Owner, hash: string): Promise<string | null> {
    const { organization, account } = owner;
    const { document } = this.#queriesOf(owner);
    try {
      const [row] = await runFor(account, () => document.execute({ organization: organization.id, hash }));
      return row?.document ?? null;
    } catch (error) {
      this.#failed(error);
      return null;
    }
  }

  /** One after another, and no request waits for it. */
  #write(account: Account, known: Known, statement: () => PromiseLike<unknown>): void {
    const now = Date.now();
    if (now < known.writtenAt + USED_EVERY || now < this.#pausedUntil) return;
    if (this.#waiting >= MOST_WRITES_WAITING) return;
    this.#waiting += 1;
    const before = known.writtenAt;
    const erasures = this.#erasures;
    known.writtenAt = now;
    this.#writing = this.#writing.then(async () => {
      const own = account.anew();
      try {
        if (Date.now() < this.#pausedUntil || erasures !== this.#erasures) known.writtenAt = before;
        else await runFor(own, statement);
      } catch (error) {
        known.writtenAt = before;
        this.#pausedUntil = Date.now() + PAUSE;
        this.#failed(error);
      } finally {
        own.release();
        this.#waiting -= 1;
      }
    });
  }
}

const keyOf = (organization: string, hash: string) => `${organization}:${hash}`;
