import { ConfigError, readTable } from './read-table.js';
import type { ValuesOf } from './setting.js';
import { tokens } from './tables/tokens.js';

type Values = ValuesOf<typeof tokens>;

export type JwtConfig = {
  readonly [Name in Exclude<keyof Values, 'clientId'>]: NonNullable<Values[Name]>;
} & { readonly clientId: string | undefined };

export function jwtConfig(env: NodeJS.ProcessEnv): JwtConfig | null {
  const values = readTable(tokens, env);
  const { jwksUrl, issuer, audience, clientId } = values;
  if ([jwksUrl, issuer, audience, clientId].every((value) => value === undefined)) return null;
  if (jwksUrl === undefined)
    throw new ConfigError('JWT_JWKS_URL must be set with JWT_ISSUER and JWT_AUDIENCE');
  if (issuer === undefined) throw new ConfigError('JWT_ISSUER must be set with JWT_JWKS_URL');
  if (audience === undefined) throw new ConfigError('JWT_AUDIENCE must be set with JWT_JWKS_URL');
  if (clientId !== undefined && !isHttpUrl(issuer)) {
    throw new ConfigError('JWT_ISSUER must be a URL with JWT_CLIENT_ID, for people to sign in there');
  }
  return Object.freeze({ ...values, jwksUrl, issuer, audience });
}

const isHttpUrl = (text: string) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
