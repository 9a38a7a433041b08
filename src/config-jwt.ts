import { makeValidator } from 'envalid';
import { text } from './config-values.js';

/** Which signed tokens say who is asking, and where they say it. */
export interface JwtConfig {
  /** JWT_JWKS_URL: where the issuer publishes its keys. Not set: API keys alone sign in. */
  readonly jwksUrl: string;
  /** JWT_ISSUER: what `iss` must be, to the letter. */
  readonly issuer: string;
  /** JWT_AUDIENCE: what `aud` must name; one of them, where several are given with commas between. */
  readonly audience: readonly string[];
  /** JWT_ALGORITHMS: the signatures that count. Default all of ALGORITHMS. */
  readonly algorithms: readonly string[];
  /** JWT_CLOCK_SKEW: seconds that the issuer's clock may differ from ours. Default 5. */
  readonly clockSkew: number;
  readonly claims: {
    /** JWT_ORGANIZATION_CLAIM: the organization's slug or id. Default organization. */
    readonly organization: string;
    /** JWT_SCOPES_CLAIM: scopes, as an array or with spaces between. Default scope. */
    readonly scopes: string;
    /** JWT_STAFF_UID_CLAIM: the person as vcita's staff member. Default staff_uid. */
    readonly staffUid: string;
    /** JWT_NAME_CLAIM: the name that the history shows; without it, `sub`. Default name. */
    readonly name: string;
  };
}

/** By a key pair, all of them: who checks a signature made with a shared secret could make one as well. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

const list = makeValidator<string[]>((input) => {
  const words = input.split(',').map((word) => word.trim());
  if (words.every((word) => word !== '')) return words;
  throw new Error('must be words with a comma between each two');
});

const algorithms = makeValidator<string[]>((input) =>
  input.split(',').map((word) => {
    const known = ALGORITHMS.find((algorithm) => algorithm === word.trim());
    if (known !== undefined) return known;
    throw new Error(`must be some of ${ALGORITHMS.join(', ')}, not "${word.trim()}"`);
  }),
);

const seconds = makeValidator<number>((input) => {
  if (/^\d{1,3}$/.test(input.trim()) && Number(input) <= 300) return Number(input);
  throw new Error(`must be a whole number from 0 to 300, not "${input}"`);
});

// One who can change the answer on its way can make tokens for every organization.
const keysUrl = makeValidator<string>((input) => {
  const url = URL.canParse(input.trim()) ? new URL(input.trim()) : null;
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname))) return url.href;
  throw new Error('must be a URL that begins with https:// (http:// is for this machine alone)');
});

const isLoopback = (host: string) => /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(host);

export const JWT_VARIABLES = {
  JWT_JWKS_URL: keysUrl({ default: undefined }),
  JWT_ISSUER: text({ default: undefined }),
  JWT_AUDIENCE: list({ default: undefined }),
  JWT_ALGORITHMS: algorithms({ default: ALGORITHMS }),
  JWT_CLOCK_SKEW: seconds({ default: 5 }),
  JWT_ORGANIZATION_CLAIM: text({ default: 'organization' }),
  JWT_SCOPES_CLAIM: text({ default: 'scope' }),
  JWT_STAFF_UID_CLAIM: text({ default: 'staff_uid' }),
  JWT_NAME_CLAIM: text({ default: 'name' }),
};

interface Variables {
  JWT_JWKS_URL: string | undefined;
  JWT_ISSUER: string | undefined;
  JWT_AUDIENCE: string[] | undefined;
  JWT_ALGORITHMS: string[];
  JWT_CLOCK_SKEW: number;
  JWT_ORGANIZATION_CLAIM: string;
  JWT_SCOPES_CLAIM: string;
  JWT_STAFF_UID_CLAIM: string;
  JWT_NAME_CLAIM: string;
}

/** Null where JWTs are not configured. `refuse` is told of the variable that is missing: half of it would be a guess. */
export function jwtConfig(clean: Variables, refuse: (message: string) => never): JwtConfig | null {
  const { JWT_JWKS_URL: jwksUrl, JWT_ISSUER: issuer, JWT_AUDIENCE: audience } = clean;
  if (jwksUrl === undefined && issuer === undefined && audience === undefined) return null;
  if (jwksUrl === undefined) return refuse('JWT_JWKS_URL must be set with JWT_ISSUER and JWT_AUDIENCE');
  if (issuer === undefined) return refuse('JWT_ISSUER must be set with JWT_JWKS_URL');
  if (audience === undefined) return refuse('JWT_AUDIENCE must be set with JWT_JWKS_URL');
  return Object.freeze({
    jwksUrl,
    issuer,
    audience,
    algorithms: clean.JWT_ALGORITHMS,
    clockSkew: clean.JWT_CLOCK_SKEW,
    claims: Object.freeze({
      organization: clean.JWT_ORGANIZATION_CLAIM,
      scopes: clean.JWT_SCOPES_CLAIM,
      staffUid: clean.JWT_STAFF_UID_CLAIM,
      name: clean.JWT_NAME_CLAIM,
    }),
  });
}
