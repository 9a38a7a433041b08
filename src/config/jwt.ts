import { ConfigError, readTable } from './read-table.js';
import type { ValuesOf } from './setting.js';
import { tokens } from './tables/tokens.js';

type Values = ValuesOf<typeof tokens>;

export type JwtConfig = { readonly [Name in keyof Values]: NonNullable<Values[Name]> };

export function jwtConfig(env: NodeJS.ProcessEnv): JwtConfig | null {
  const values = readTable(tokens, env);
  const { jwksUrl, issuer, audience } = values;
  if (jwksUrl === undefined && issuer === undefined && audience === undefined) return null;
  if (jwksUrl === undefined)
    throw new ConfigError('JWT_JWKS_URL must be set with JWT_ISSUER and JWT_AUDIENCE');
  if (issuer === undefined) throw new ConfigError('JWT_ISSUER must be set with JWT_JWKS_URL');
  if (audience === undefined) throw new ConfigError('JWT_AUDIENCE must be set with JWT_JWKS_URL');
  return Object.freeze({ ...values, jwksUrl, issuer, audience });
}
