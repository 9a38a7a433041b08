import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { loadConfig } from '../../src/config/config.js';
import type { JwtConfig } from '../../src/config/jwt.js';

/** A key pair of the issuer, as it signs with and publishes it. */
export interface SigningKey {
  kid: string;
  alg: string;
  privateKey: CryptoKey;
  jwk: JWK;
}

export const ISSUER = 'https://issuer.example/';
export const AUDIENCE = 'switchboard';

/** An issuer of tokens, with a server for its public keys. */
export class Issuer {
  keys: SigningKey[] = [];
  /** Number of fetches. */
  asked = 0;
  /** Overrides the answer. */
  answer: ((request: IncomingMessage, response: ServerResponse) => void) | null = null;
  readonly #server = createServer((request, response) => {
    this.asked += 1;
    if (this.answer !== null) return this.answer(request, response);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ keys: this.keys.map(({ jwk }) => jwk) }));
  });

  static async open(): Promise<Issuer> {
    const issuer = new Issuer();
    issuer.keys = [await newSigningKey()];
    await issuer.listen();
    return issuer;
  }

  async listen(port = 0): Promise<void> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/jwks.json`;
  }

  /** As the environment says it; times have no skew unless it is given. */
  config(env: Record<string, string> = {}): JwtConfig {
    const { jwt } = loadConfig({
      JWT_JWKS_URL: this.url,
      JWT_ISSUER: ISSUER,
      JWT_AUDIENCE: AUDIENCE,
      JWT_CLOCK_SKEW: '0',
      ...env,
    });
    if (jwt === null) throw new Error('JWTs are off');
    return jwt;
  }

  /** A token of Ann of the organization acme, who may do everything; claims that are undefined are absent. */
  token(claims: JWTPayload = {}, key = this.keys[0]): Promise<string> {
    if (key === undefined) throw new Error('the issuer has no key');
    const { kid, alg, privateKey } = key;
    return new SignJWT(claimsOfAnn(claims)).setProtectedHeader({ alg, kid, typ: 'JWT' }).sign(privateKey);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    if (this.#server.listening) await once(this.#server, 'close');
  }
}

export const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;

export function claimsOfAnn(claims: JWTPayload = {}): JWTPayload {
  return {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: 'user-1',
    exp: inSeconds(600),
    organization: 'acme',
    scope: 'ADMIN',
    staff_uid: 'ann',
    name: 'Ann Example',
    ...claims,
  };
}

let made = 0;

export async function newSigningKey(alg = 'ES256', options = {}): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true, ...options });
  made += 1;
  const kid = `key-${made}`;
  return { kid, alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}
