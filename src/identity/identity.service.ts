import { type Account, newAccount } from '../db/account.js';
import type { Database } from '../db/database.js';
import { type SharedRead, sharedRead } from '../db/shared-read.js';
import { identityQueries } from './identity.queries.js';
import { uuidInName } from './organization-names.js';
import { isJwt, type SignedTokens } from './signed-tokens.js';
import { hashToken } from './token.js';
import type { Viewer } from './viewer.js';

/** Keys and organizations are looked up before the organization is known, for all of them together. */
const EVERYBODY = null;

/** Who holds a token, not yet by one of its requests. */
type Holder = Omit<Viewer, 'account'>;

type Queries = ReturnType<typeof identityQueries>;

/** Says who is asking. */
export class IdentityService {
  readonly #holders: SharedRead<Holder>;
  readonly #organizations: SharedRead<Viewer['organization']>;
  readonly #goodKeys: Queries['goodKeys'];
  readonly #tokens: SignedTokens | null;
  readonly #open: (organization: string, key: string) => Account;

  /** Without signed tokens API keys alone sign in. `open` makes the account of a request. */
  constructor({ front }: Database, tokens: SignedTokens | null = null, open = newAccount) {
    const { viewersByTokenHash, organizations, goodKeys } = identityQueries(front);
    this.#goodKeys = goodKeys;
    this.#tokens = tokens;
    this.#open = open;
    this.#holders = sharedRead(async (_, hashes) => {
      const found = await viewersByTokenHash.execute({ hashes });
      return new Map(found.map(({ hash, ...viewer }) => [hash, viewer]));
    });
    this.#organizations = sharedRead(async (_, names) => {
      const ids = new Map(names.map((name) => [name, uuidInName(name)]));
      const found = await organizations.execute({
        slugs: names.filter((name) => ids.get(name) === null),
        ids: [...ids.values()].filter((id) => id !== null),
      });
      const bySlug = new Map(found.map((each) => [each.slug, each]));
      const byId = new Map(found.map((each) => [each.id, each]));
      return new Map(
        names.flatMap((name) => {
          const id = ids.get(name) ?? null;
          const organization = id === null ? bySlug.get(name) : byId.get(id);
          return organization ? [[name, organization] as const] : [];
        }),
      );
    });
  }

  /**
   * The holder of the token, with a new account; null when it is unknown, revoked or expired, which are one and the same
   * to a caller.
   */
  async viewerOf(token: string): Promise<Viewer | null> {
    const holder = await this.#holderOf(token);
    return holder && { ...holder, account: this.#open(holder.organization.id, holder.keyId) };
  }

  async #holderOf(token: string): Promise<Holder | null> {
    if (this.#tokens !== null && isJwt(token)) return this.#personOf(this.#tokens, token);
    const hash = hashToken(token);
    return (await this.#holders(EVERYBODY, [hash])).get(hash) ?? null;
  }

  /** The ids of those that are good still: keys neither revoked nor expired. */
  async goodKeys(viewers: Viewer[]): Promise<Set<string>> {
    if (viewers.length === 0) return new Set();
    const good = await this.#goodKeys.execute({
      organizations: viewers.map(({ organization }) => organization.id),
      ids: viewers.map(({ keyId }) => keyId),
    });
    return new Set(good.map(({ id }) => id));
  }

  close(): void {
    this.#tokens?.close();
  }

  /**
   * A person is always STAFF, also where the token names no staff uid: a token that lacks it must not open the voice calls
   * of everybody, and without one no voice call is the person's own.
   */
  async #personOf(tokens: SignedTokens, token: string): Promise<Holder | null> {
    const person = await tokens.personOf(token);
    if (person === null) return null;
    const organization = (await this.#organizations(EVERYBODY, [person.organization])).get(
      person.organization,
    );
    if (organization === undefined) return tokens.refuse('its organization is unknown');
    const { subject, name, staffUid, scopes, expiresAt } = person;
    const keyId = `person:${organization.id}:${subject}`;
    return { organization, keyId, kind: 'STAFF', name, staffUid, scopes, expiresAt };
  }
}
