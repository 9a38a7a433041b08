import type { Database } from '../db/database.js';
import { identityQueries } from './identity.queries.js';
import { hashToken } from './token.js';
import type { Viewer } from './viewer.js';

/** Says who is asking. */
export class IdentityService {
  readonly #queries: ReturnType<typeof identityQueries>;

  constructor({ db }: Database) {
    this.#queries = identityQueries(db);
  }

  /** The holder of the token; null when it is unknown, revoked or expired, which are one and the same to a caller. */
  async viewerOf(token: string): Promise<Viewer | null> {
    const [viewer] = await this.#queries.viewerByTokenHash.execute({ hash: hashToken(token) });
    return viewer ?? null;
  }
}
