import { type Account, newAccount } from '../db/connection/account.js';
import type { Database } from '../db/database.js';
import { type SharedRead, sharedRead } from '../db/loading/shared-read.js';
import { type AccessTokens, isAccessToken } from './access-tokens.js';
import { identityQueries } from './identity.queries.js';
import { uuidInName } from './organization-names.js';
import { isJwt, type SignedTokens } from './signed-tokens.js';
import { hashToken } from './token.js';
import type { Viewer } from './viewer.js';

const ALL_ORGANIZATIONS = null;

type Identity = Omit<Viewer, 'account'>;

type Queries = ReturnType<typeof identityQueries>;

export class IdentityService {
  readonly #identities: SharedRead<Identity>;
  readonly #organizations: SharedRead<Viewer['organization']>;
  readonly #validKeys: Queries['validKeys'];
  readonly #tokens: SignedTokens | null;
  readonly #accessTokens: AccessTokens | null;
  readonly #openAccount: (organization: string, key: string) => Account;

  constructor(
    { signInDb }: Database,
    tokens: SignedTokens | null = null,
    openAccount = newAccount,
    accessTokens: AccessTokens | null = null,
  ) {
    const { viewersByTokenHash, organizations, validKeys } = identityQueries(signInDb);
    this.#validKeys = validKeys;
    this.#tokens = tokens;
    this.#openAccount = openAccount;
    this.#accessTokens = accessTokens;
    this.#identities = sharedRead(
      async (_, hashes) => {
        const found = await viewersByTokenHash.execute({ hashes });
        return new Map(found.map(({ hash, ...viewer }) => [hash, viewer]));
      },
      { oneAfterAnother: true },
    );
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

  /** Null if the token is unknown, revoked or expired; a client must not learn which. */
  async viewerOf(token: string, hash = () => hashToken(token)): Promise<Viewer | null> {
    const identity = await this.#identityOf(token, hash);
    return identity && { ...identity, account: this.#openAccount(identity.organization.id, identity.keyId) };
  }

  async #identityOf(token: string, hashOf: () => string): Promise<Identity | null> {
    if (this.#tokens !== null && isJwt(token)) return this.#personOf(this.#tokens, token);
    const hash = isAccessToken(token) ? this.#accessTokens?.keyHashIn(token) : hashOf();
    return hash == null ? null : this.#keyOf(hash);
  }

  async #keyOf(hash: string): Promise<Identity | null> {
    return (await this.#identities(ALL_ORGANIZATIONS, [hash])).get(hash) ?? null;
  }

  /** A token that stands for the key for a while; null if there is no such key. */
  async accessTokenFor(key: string): Promise<string | null> {
    if (isAccessToken(key)) return null;
    const hash = hashToken(key);
    return (await this.#keyOf(hash)) === null ? null : (this.#accessTokens?.issue(hash) ?? null);
  }

  async validKeys(viewers: Viewer[]): Promise<Set<string>> {
    if (viewers.length === 0) return new Set();
    const valid = await this.#validKeys.execute({
      organizations: viewers.map(({ organization }) => organization.id),
      ids: viewers.map(({ keyId }) => keyId),
    });
    return new Set(valid.map(({ id }) => id));
  }

  close(): void {
    this.#tokens?.close();
  }

  /** Always STAFF: a token without a staff uid must not give access to everyone's voice calls. */
  async #personOf(tokens: SignedTokens, token: string): Promise<Identity | null> {
    const person = await tokens.personOf(token);
    if (person === null) return null;
    const organization = (await this.#organizations(ALL_ORGANIZATIONS, [person.organization])).get(
      person.organization,
    );
    if (organization === undefined) return tokens.refuse('its organization is unknown');
    const { subject, name, staffUid, scopes, expiresAt } = person;
    const keyId = `person:${organization.id}:${subject}`;
    return { organization, keyId, kind: 'STAFF', name, staffUid, scopes, expiresAt };
  }
}
