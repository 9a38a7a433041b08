import { integer, list, someOf, text } from '../parsers.js';
import { settings } from '../setting.js';
import { keysUrl } from '../url-parsers.js';

/** Asymmetric algorithms only: anyone who can verify a signature with a shared secret can also forge one. */
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

export const tokens = settings({
  jwksUrl: {
    variable: 'JWT_JWKS_URL',
    default: undefined,
    parse: keysUrl,
    isSecret: true,
    description: "HTTPS URL of the issuer's public keys (JWKS).",
    details:
      "Set it together with `JWT_ISSUER` and `JWT_AUDIENCE`, and people sign in with the issuer's tokens beside the API keys: see below.",
  },
  issuer: {
    variable: 'JWT_ISSUER',
    default: undefined,
    parse: text,
    description: 'Issuer that the `iss` of a token must equal.',
  },
  audience: {
    variable: 'JWT_AUDIENCE',
    default: undefined,
    parse: list,
    description: 'Audience that the `aud` of a token must name; one of several separated by commas.',
  },
  algorithms: {
    variable: 'JWT_ALGORITHMS',
    default: ALGORITHMS,
    shownDefault: 'all of them',
    parse: someOf(ALGORITHMS),
    description: 'Algorithms of signatures that are accepted, separated by commas.',
    details: `They are ${ALGORITHMS.map((name) => `\`${name}\``).join(', ')}: all with a key pair, none with a shared secret.`,
  },
  clockSkew: {
    variable: 'JWT_CLOCK_SKEW',
    default: 5,
    parse: integer(0, 300),
    description: "Seconds that the issuer's clock may differ from the gateway's, at most 300.",
  },
  organizationClaim: {
    variable: 'JWT_ORGANIZATION_CLAIM',
    default: 'organization',
    parse: text,
    description: "Name of the claim with the organization's slug or id.",
  },
  scopesClaim: {
    variable: 'JWT_SCOPES_CLAIM',
    default: 'scope',
    parse: text,
    description: 'Name of the claim with the scopes, as an array or separated by spaces.',
  },
  staffUidClaim: {
    variable: 'JWT_STAFF_UID_CLAIM',
    default: 'staff_uid',
    parse: text,
    description: "Name of the claim with the uid of the person as vcita's staff member.",
  },
  nameClaim: {
    variable: 'JWT_NAME_CLAIM',
    default: 'name',
    parse: text,
    description: "Name of the claim with the person's name in the history; `sub` is used without it.",
  },
  clientId: {
    variable: 'JWT_CLIENT_ID',
    default: undefined as string | undefined,
    parse: text,
    description: "The wallboard's own id at the issuer; with it, people sign in there.",
    details:
      "Register it as a public client (OAuth 2 with PKCE, as single-page applications are) with the gateway's address as its redirect URI, e.g. `https://calls.example/`. `JWT_ISSUER` must then be the URL below which the issuer has its `/.well-known/openid-configuration`.",
  },
  clientScope: {
    variable: 'JWT_CLIENT_SCOPE',
    default: 'openid',
    parse: text,
    description: 'What the wallboard asks the issuer for, separated by spaces.',
    details: 'With `offline_access`, many issuers give a refresh token, and a session outlives its token.',
  },
});
