import { errors, type JWTPayload, jwtVerify } from 'jose';
import type { Logger } from 'pino';
import type { JwtConfig } from '../config/jwt.js';
import { SCOPES, type Scope } from './identity.enums.js';
import { KeySet, type KeySetTimes, KeysUnavailable } from './key-set.js';

export interface Person {
  organization: string;
  subject: string;
  name: string;
  staffUid: string | null;
  scopes: Scope[];
  expiresAt: Date;
}

/** A longer token would not fit in an HTTP header. */
const MAX_CHARACTERS = 16_384;

export const isJwt = (token: string): boolean => /^[\w-]+\.[\w-]+\.[\w-]*$/.test(token);

export class SignedTokens {
  readonly #config: JwtConfig;
  readonly #keys: KeySet;
  readonly #log: Pick<Logger, 'debug' | 'warn'>;

  constructor(config: JwtConfig, log: Pick<Logger, 'debug' | 'warn'>, times?: Partial<KeySetTimes>) {
    this.#config = config;
    this.#log = log;
    this.#keys = new KeySet(config.jwksUrl, (error) => this.#keysFailed(error), times);
  }

  async personOf(token: string): Promise<Person | null> {
    if (token.length > MAX_CHARACTERS) return this.refuse('it is too long');
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
      if (error instanceof KeysUnavailable) throw error;
      if (error instanceof errors.JOSEError) return this.refuse(`${error.code}: ${error.message}`);
      return this.#keysFailed(error);
    }
  }

  close(): void {
    this.#keys.close();
  }

  #read(payload: JWTPayload): Person | null {
    const { organizationClaim, nameClaim, staffUidClaim, scopesClaim } = this.#config;
    const [organization, name, staffUid, subject] = [
      textIn(payload, organizationClaim),
      textIn(payload, nameClaim),
      textIn(payload, staffUidClaim),
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
      scopes: scopesIn(payload[scopesClaim]),
      expiresAt: new Date((payload.exp ?? 0) * 1000),
    };
  }

  refuse(reason: string): null {
    this.#log.debug({ reason }, 'a token was refused');
    return null;
  }

  #keysFailed(error: unknown): null {
    this.#log.warn({ err: error }, 'JWT_JWKS_URL: no keys');
    return null;
  }
}

function textIn(payload: JWTPayload, name: string): string | null | undefined {
  const value = Object.hasOwn(payload, name) ? payload[name] : undefined;
  if (value === undefined || value === null) return undefined;
  // Postgres stores no NUL and no lone surrogates, and a log line is a single line.
  return typeof value === 'string' && /^[^\p{Cc}\p{Cs}]{1,255}$/u.test(value) && value.trim() ? value : null;
}

function scopesIn(claim: unknown): Scope[] {
  const words = typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? claim : [];
  return SCOPES.filter((scope) => words.includes(scope));
}
