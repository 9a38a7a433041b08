import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.js';
import { openTestGateway } from '../support/gateway.js';
import { Issuer, inSeconds } from '../support/issuer.js';
import { givenBoard } from './wallboard-page.js';

const CLIENT = 'wallboard';

/** What people meet at an issuer: its page lets everybody in, unless it is `strict`. */
class IssuerPages {
  readonly granted: string[] = [];
  isStrict = false;
  /** Seconds that a token lasts. */
  lifetime = 600;
  #challenge = '';
  readonly #issuer: Issuer;

  constructor(issuer: Issuer) {
    this.#issuer = issuer;
    issuer.answer = (request, response) => void this.#answer(request, response);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#issuer.port}`;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', this.url);
    response.setHeader('access-control-allow-origin', '*').setHeader('content-type', 'application/json');
    if (url.pathname === '/authorize') {
      response.writeHead(302, { location: this.#ledBack(url.searchParams) }).end();
    } else if (url.pathname === '/token') {
      const answer = await this.#grant(new URLSearchParams(await text(request)));
      response.writeHead(answer === null ? 400 : 200);
      response.end(JSON.stringify(answer ?? { error: 'invalid_grant' }));
    } else if (url.pathname === '/.well-known/openid-configuration') {
      response.end(
        JSON.stringify({
          issuer: this.url,
          authorization_endpoint: `${this.url}/authorize`,
          token_endpoint: `${this.url}/token`,
        }),
      );
    } else {
      response.end(JSON.stringify({ keys: this.#issuer.keys.map(({ jwk }) => jwk) }));
    }
  }

  #ledBack(asked: URLSearchParams): string {
    const back = new URL(asked.get('redirect_uri') ?? '');
    expect([asked.get('client_id'), asked.get('code_challenge_method')]).toEqual([CLIENT, 'S256']);
    this.#challenge = asked.get('code_challenge') ?? '';
    back.searchParams.set('state', asked.get('state') ?? '');
    if (this.isStrict) back.searchParams.set('error', 'access_denied');
    else back.searchParams.set('code', 'code-1');
    return back.href;
  }

  /** By a code, if its verifier is that of the challenge (RFC 7636), or by a refresh token. */
  async #grant(asked: URLSearchParams): Promise<object | null> {
    const type = asked.get('grant_type') ?? '';
    const verifier = createHash('sha256').update(asked.get('code_verifier') ?? '');
    if (type === 'authorization_code' && verifier.digest('base64url') !== this.#challenge) return null;
    if (type === 'refresh_token' && asked.get('refresh_token') !== 'refresh-1') return null;
    this.granted.push(type);
    const claims = { iss: this.url, exp: inSeconds(this.lifetime) };
    return {
      access_token: await this.#issuer.token(claims),
      token_type: 'Bearer',
      expires_in: this.lifetime,
      refresh_token: 'refresh-1',
    };
  }
}

let issuer: Issuer;
let pages: IssuerPages;
beforeAll(async () => {
  issuer = await Issuer.open();
  pages = new IssuerPages(issuer);
});
const board = givenBoard(() =>
  openTestGateway({ jwt: issuer.config({ JWT_ISSUER: pages.url, JWT_CLIENT_ID: CLIENT }) }),
);
beforeAll(async () => {
  await board.gateway.client({ organization: 'acme' });
});
afterAll(async () => {
  await issuer?.close();
});

const atIssuer = { name: 'Sign in with your account' };

it('a person signs in at the issuer, comes back to where they were, and gets new tokens', async () => {
  pages.lifetime = 20;
  const { page, complaints } = await board.open({
    path: '/figures?zone=UTC',
  });
  await page.getByRole('button', atIssuer).click();
  await page.getByText('Ann Example').waitFor();
  expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe('/figures?zone=UTC');
  // One that ends within half a minute is renewed before it is used.
  await expect.poll(() => pages.granted).toContain('refresh_token');
  const others = complaints.filter((each) => !each.startsWith(pages.url));
  expect(others).toEqual([]);
});

it('a person whom the issuer does not let in learns it', async () => {
  pages.isStrict = true;
  const { page } = await board.open();
  await page.getByRole('button', atIssuer).click();
  await page.getByRole('alert').getByText('The issuer did not sign you in').waitFor();
  expect(new URL(page.url()).search).toBe('');
});

it('an answer that was not asked for is not taken', async () => {
  const { page } = await board.open({
    path: '/?code=stolen&state=guessed',
  });
  await page.getByLabel('Key').first().waitFor();
  expect(pages.granted.filter((type) => type === 'authorization_code')).toHaveLength(1);
});

it('JWT_CLIENT_ID needs an issuer that is a URL', () => {
  const env = { JWT_JWKS_URL: 'https://a.example/keys', JWT_AUDIENCE: 'a', JWT_CLIENT_ID: 'b' };
  expect(() => loadConfig({ ...env, JWT_ISSUER: 'name' })).toThrow(/JWT_ISSUER must be a URL/);
  expect(() => loadConfig({ JWT_CLIENT_ID: 'b' })).toThrow(/JWT_JWKS_URL must be set/);
});
