import { errors, type JWTPayload, jwtVerify } from 'jose';
import type { Logger } from 'pino';
import type { JwtConfig } from '../config-jwt.js';
import { KeySet, type KeySetTimes, KeysAway } from './key-set.js';
import { SCOPES, type Scope } from './viewer.js';

/** What a signed token says of a person. */
export interface Person {
  /** A slug or an id, not looked up yet. */
  organization: string;
  /** The issuer's own name of the person. */
  subject: string;
  name: string;
  staffUid: string | null;
  scopes: Scope[];
  expiresAt: Date;
}

/** Nobody's token is longer: a header of HTTP could not hold it. */
const MOST_CHARACTERS = 16_384;

/** Whether a token has the form of a JWT; that of an API key has no dots. */
export const isJwt = (token: string): boolean => /^[\w-]+\.[\w-]+\.[\w-]*$/.test(token);

/** Reads the tokens that an issuer signed for people. */
export class SignedTokens {
  readonly #config: JwtConfig;
  readonly #keys: KeySet;
  /** A client is not told why a token does not count. */
  readonly #log: Pick<Logger, 'debug' | 'warn'>;

  constructor(config: JwtConfig, log: Pick<Logger, 'debug' | 'warn'>, times?: Partial<KeySetTimes>) {
    this.#config = config;
    this.#log = log;
    this.#keys = new KeySet(config.jwksUrl, (error) => this.#failed(error), times);
  }

  /** Null for a token that does not count, whatever is wrong with it. @throws KeysAway when nobody can say */
  async personOf(token: string): Promise<Person | null> {
    if (token.length > MOST_CHARACTERS) return this.refuse('it is too long');
    const { issuer, audience, algorithms, clockSkew } = this.#config;
    try {
      const { payload } = await jwtVerify(token, this.#keys.keyOf, {
        issuer,
        audience: [...audience],
        algorithms: [...algorithms],
        clockTolerance: clockSkew,
        requiredClaims: ['exp'],
      });
      return this.#read(payload) ?? this.refuse('a claim is missing or malformed');
    } catch (error) {
      if (error instanceof KeysAway) throw error;
      if (error instanceof errors.JOSEError) return this.refuse(`${error.code}: ${error.message}`);
      // A key that the issuer publishes cannot be used.
      return this.#failed(error);
    }
  }

  close(): void {
    this.#keys.close();
  }

  #read(payload: JWTPayload): Person | null {
    const { claims } = this.#config;
    const [organization, name, staffUid, subject] = [
      textIn(payload, claims.organization),
      textIn(payload, claims.name),
      textIn(payload, claims.staffUid),
      textIn(payload, 'sub'),
    ];
    const shown = name ?? subject;
    if (organization == null || shown == null) return null;
    if (name === null || staffUid === null || subject === null) return null;
    return {
      organization,
      subject: subject ?? shown,
      name: shown,
      staffUid: staffUid ?? null,
      scopes: scopesIn(payload[claims.scopes]),
      expiresAt: new Date((payload.exp ?? 0) * 1000),
    };
  }

  /** An operator may know why a token does not count. */
  refuse(reason: string): null {
    this.#log.debug({ reason }, 'a token was refused');
    return null;
  }

  #failed(error: unknown): null {
    this.#log.warn({ err: error }, 'JWT_JWKS_URL: no keys');
    return null;
  }
}

/** A claim that is stored and shown; undefined where it is absent, null where it is no such text. */
function textIn(payload: JWTPayload, name: string): string | null | undefined {
  const value = Object.hasOwn(payload, name) ? payload[name] : undefined;
  if (value === undefined || value === null) return undefined;
  // Postgres has no NUL and no half of a character, and a line of a log is one line.
  return typeof value === 'string' && /^[^\p{Cc}\p{Cs}]{1,255}$/u.test(value) && value.trim() ? value : null;
}

/** Those of the words that are scopes; whatever else a token grants is not ours. */
function scopesIn(claim: unknown): Scope[] {
  const words = typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? claim : [];
  return SCOPES.filter((scope) => words.includes(scope));
}
