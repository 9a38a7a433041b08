import { LRUCache } from 'lru-cache';
import { memberOf } from '../delivery-parts.js';
import { type VendorClient, VendorRefusal, VendorUnreachable } from '../request/vendor-client.js';
import type { ConnectedAccount } from '../vendor.js';

const MOST_ACCOUNTS = 1_000;
const DOCUMENTED_SECONDS = 1_800;
const EARLY_SECONDS = 45;

interface Token {
  value: string;
  renewAt: number;
}

/** The token of each account, or its fetch, which all requests of the account wait for. */
const tokens = new LRUCache<string, Promise<Token>>({ max: MOST_ACCOUNTS });

/** Runs the work with a token, and once more with a new one if the vendor refuses the first. */
export async function withToken<T>(
  account: ConnectedAccount,
  client: VendorClient,
  work: (token: string) => Promise<T>,
): Promise<T> {
  const token = await tokenOf(account, client);
  try {
    return await work(token.value);
  } catch (error) {
    if (!(error instanceof VendorRefusal && error.status === 401)) throw error;
    // Of parallel refusals the first drops the token, and the others get the new one.
    const held = await tokens.get(keyOf(account))?.catch(() => undefined);
    if (held === token) tokens.delete(keyOf(account));
    return work((await tokenOf(account, client)).value);
  }
}

async function tokenOf(account: ConnectedAccount, client: VendorClient): Promise<Token> {
  const key = keyOf(account);
  const held = tokens.get(key);
  if (held !== undefined) {
    const token = await held;
    if (token.renewAt > Date.now()) return token;
    if (tokens.get(key) === held) tokens.delete(key);
  }
  const shared = tokens.get(key);
  if (shared !== undefined) return shared;
  const fetched = fetchToken(account, client);
  tokens.set(key, fetched);
  fetched.catch(() => tokens.get(key) === fetched && tokens.delete(key));
  return fetched;
}

const keyOf = ({ organizationId, id, baseUrl, secretsVersion }: ConnectedAccount) =>
  JSON.stringify([organizationId, id, baseUrl, secretsVersion]);

export async function fetchToken({ secrets }: ConnectedAccount, client: VendorClient): Promise<Token> {
  const { clientId = '', clientSecret = '' } = secrets;
  const { body } = await client
    .send({
      method: 'POST',
      path: '/Token',
      form: { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret },
    })
    .catch((error) => {
      throw isOfCredentials(error) ? asUnauthorized(error) : error;
    });
  const value = memberOf(body, 'access_token');
  const type = memberOf(body, 'token_type');
  if (typeof value !== 'string' || value === '' || !/^bearer$/i.test(String(type))) {
    throw new VendorUnreachable("Creovai's answer holds no bearer token.");
  }
  const seconds = Number(memberOf(body, 'expires_in')) || DOCUMENTED_SECONDS;
  return { value, renewAt: Date.now() + 1_000 * Math.max(seconds - EARLY_SECONDS, seconds / 2) };
}

const isOfCredentials = (error: unknown): error is VendorRefusal =>
  error instanceof VendorRefusal && [400, 401, 403, 404].includes(error.status);

/** Without a token the account is at fault, not what it was to send. OAuth's own answer may be 400. */
const asUnauthorized = ({ status, text, retryAfter, requestId }: VendorRefusal) =>
  new VendorRefusal({ status: 401, text: `no token (${status}) ${text}`.trim(), retryAfter, requestId });
