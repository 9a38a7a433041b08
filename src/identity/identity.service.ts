import type { Database } from '../db/database.js';
import { type KeyedRead, sharedRead } from '../db/shared-read.js';
import { identityQueries } from './identity.queries.js';
import { hashToken } from './token.js';
import type { Viewer } from './viewer.js';

/** Keys are looked up before the organization is known, for all of them together. */
const EVERYBODY = '';

/** Says who is asking. */
export class IdentityService {
  readonly #viewers: KeyedRead<Viewer>;

  readonly #goodKeys: ReturnType<typeof identityQueries>['goodKeys'];

  constructor({ db }: Database) {
    const { viewersByTokenHash, goodKeys } = identityQueries(db);
    this.#goodKeys = goodKeys;
    this.#viewers = sharedRead(async (_, hashes) => {
      const found = await viewersByTokenHash.execute({ hashes });
      return new Map(found.map(({ hash, ...viewer }) => [hash, viewer]));
    });
  }

  /** The holder of the token; null when it is unknown, revoked or expired, which are one and the same to a caller. */
  async viewerOf(token: string): Promise<Viewer | null> {
    const hash = hashToken(token);
    return (await this.#viewers(EVERYBODY, [hash])).get(hash) ?? null;
  }

  /** The ids of those keys that are good still: neither revoked nor expired. */
  async goodKeys(viewers: Viewer[]): Promise<Set<string>> {
    const good = await this.#goodKeys.execute({
      organizations: viewers.map(({ organization }) => organization.id),
      ids: viewers.map(({ keyId }) => keyId),
    });
    return new Set(good.map(({ id }) => id));
  }
}
