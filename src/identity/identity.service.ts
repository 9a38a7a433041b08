import { type Account, newAccount } from '../db/connection/account.js';
import type { Database } from '../db/database.js';
import { type SharedRead, sharedRead } from '../db/loading/shared-read.js';
import { type AccessTokens, isAccessToken } from './access-tokens.js';
import { identityQueries } from './identity.queries.js';
import { uuidInName } from './organization-names.js';
import { OrganizationSuspended } from './organization-suspended.js';
import { isJwt, type SignedTokens } from './signed-tokens.js';
import { hashToken } from './token.js';
import type { Viewer } from './viewer.js';

const ALL_ORGANIZATIONS = null;

type Identity = Omit<Viewer, 'account'>;
type Found<T> = T & { isSuspended: boolean };

type Queries = ReturnType<typeof identityQueries>;

export class IdentityService {
  readonly #identities: SharedRead<Found<Identity>>;
  readonly #organizations: SharedRead<Found<Viewer['organization']>>;
  readonly #organizationsBy: Queries['organizations'];
  readonly #validKeys: Queries['validKeys'];
  readonly #openOrganizations: Queries['openOrganizations'];
  readonly #tokens: SignedTokens | null;
  readonly #accessTokens: AccessTokens | null;
  readonly #used: (key: Identity) => void;
  readonly #openAccount: (organization: string, key: string) => Account;

  constructor(
    { signInDb }: Database,
    tokens: SignedTokens | null = null,
    openAccount = newAccount,
    accessTokens: AccessTokens | null = null,
    used: (key: Identity) => void = () => {},
  ) {
    const { viewersByTokenHash, organizations, validKeys, openOrganizations } = identityQueries(signInDb);
    this.#organizationsBy = organizations;
    this.#validKeys = validKeys;
    this.#openOrganizations = openOrganizations;
    this.#used = used;
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

  /**
   * Null if the token is unknown, revoked or expired; a client must not learn which.
   * @throws OrganizationSuspended
   */
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
    const found = (await this.#identities(ALL_ORGANIZATIONS, [hash])).get(hash);
    if (found === undefined) return null;
    const identity = openOnly(found);
    this.#used(identity);
    return identity;
  }

  /** A token that stands for the key for a while; null if there is no such key. */
  async accessTokenFor(key: string): Promise<string | null> {
    if (isAccessToken(key)) return null;
    const hash = hashToken(key);
    return (await this.#keyOf(hash)) === null ? null : (this.#accessTokens?.issue(hash) ?? null);
  }

  /** With the database of their organizations. Of a person's token, whose end needs no look at the database, only whether its organization is open. */
  async validKeys(viewers: Viewer[]): Promise<Map<string, number>> {
    const [people, keys] = [viewers.filter(isPerson), viewers.filter((viewer) => !isPerson(viewer))];
    const [valid, open] = await Promise.all([
      keys.length === 0
        ? []
        : this.#validKeys.execute({
            organizations: keys.map(({ organization }) => organization.id),
            ids: keys.map(({ keyId }) => keyId),
          }),
      people.length === 0
        ? []
        : this.#openOrganizations.execute({ ids: people.map(({ organization }) => organization.id) }),
    ]);
    const places = new Map(open.map(({ id, shard }) => [id, shard]));
    const good = people.flatMap(({ keyId, organization }): [string, number][] => {
      const shard = places.get(organization.id);
      return shard === undefined ? [] : [[keyId, shard]];
    });
    return new Map([...valid.map(({ id, shard }): [string, number] => [id, shard]), ...good]);
  }

  /** Null if there is no such organization. */
  async shardOf(organizationId: string): Promise<number | null> {
    const [found] = await this.#organizationsBy.execute({ slugs: [], ids: [organizationId] });
    return found?.shard ?? null;
  }

  close(): void {
    this.#tokens?.close();
  }

  /** Always STAFF: a token without a staff uid must not give access to everyone's voice calls. */
  async #personOf(tokens: SignedTokens, token: string): Promise<Identity | null> {
    const person = await tokens.personOf(token);
    if (person === null) return null;
    const found = (await this.#organizations(ALL_ORGANIZATIONS, [person.organization])).get(
      person.organization,
    );
    if (found === undefined) return tokens.refuse('its organization is unknown');
    const organization = openOnly(found);
    const { subject, name, staffUid, scopes, expiresAt } = person;
    const keyId = `person:${organization.id}:${subject}`;
    return { organization, keyId, kind: 'STAFF', name, staffUid, scopes, expiresAt };
  }
}

const isPerson = ({ expiresAt }: Viewer) => expiresAt !== undefined;

/** @throws OrganizationSuspended */
function openOnly<T>({ isSuspended, ...found }: Found<T>): Omit<Found<T>, 'isSuspended'> {
  if (isSuspended) throw new OrganizationSuspended();
  return found;
}
