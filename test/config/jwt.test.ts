import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.js';
import { ConfigError } from '../../src/config/read-table.js';

const GOOD = {
  JWT_JWKS_URL: 'https://issuer.example/.well-known/jwks.json',
  JWT_ISSUER: 'https://issuer.example/',
  JWT_AUDIENCE: 'switchboard',
};

describe('signed tokens', () => {
  it('are off unless they are configured', () => {
    expect(loadConfig({}).jwt).toBeNull();
    expect(loadConfig({ JWT_ALGORITHMS: 'ES256', JWT_NAME_CLAIM: 'nickname' }).jwt).toBeNull();
  });

  it('take three variables, and have defaults for the rest', () => {
    expect(loadConfig(GOOD).jwt).toEqual({
      clientId: undefined,
      clientScope: 'openid',
      jwksUrl: GOOD.JWT_JWKS_URL,
      issuer: GOOD.JWT_ISSUER,
      audience: ['switchboard'],
      algorithms: expect.arrayContaining(['RS256', 'PS256', 'ES256', 'EdDSA']),
      clockSkew: 5,
      organizationClaim: 'organization',
      scopesClaim: 'scope',
      staffUidClaim: 'staff_uid',
      nameClaim: 'name',
    });
  });

  it('are read by every variable', () => {
    const { jwt } = loadConfig({
      ...GOOD,
      JWT_AUDIENCE: 'switchboard, https://calls.example',
      JWT_ALGORITHMS: 'ES256, RS256',
      JWT_CLOCK_SKEW: '0',
      JWT_ORGANIZATION_CLAIM: 'https://calls.example/org',
      JWT_SCOPES_CLAIM: 'permissions',
      JWT_STAFF_UID_CLAIM: 'staff',
      JWT_NAME_CLAIM: 'nickname',
      JWT_CLIENT_ID: 'wallboard',
      JWT_CLIENT_SCOPE: 'openid offline_access',
    });
    expect(jwt).toMatchObject({
      audience: ['switchboard', 'https://calls.example'],
      algorithms: ['ES256', 'RS256'],
      clockSkew: 0,
      organizationClaim: 'https://calls.example/org',
      scopesClaim: 'permissions',
      staffUidClaim: 'staff',
      nameClaim: 'nickname',
      clientId: 'wallboard',
      clientScope: 'openid offline_access',
    });
    expect(Object.isFrozen(jwt)).toBe(true);
  });

  it.each(Object.keys(GOOD))('are refused without %s', (name) => {
    expect(() => loadConfig({ ...GOOD, [name]: '' })).toThrow(ConfigError);
    expect(() => loadConfig({ ...GOOD, [name]: '' })).toThrow(new RegExp(`^${name} must be set`));
  });

  it.each([
    ['JWT_JWKS_URL', 'http://issuer.example/jwks.json'],
    ['JWT_JWKS_URL', 'http://127.0.0.1.example/jwks.json'],
    ['JWT_JWKS_URL', 'file:///etc/keys.json'],
    ['JWT_JWKS_URL', 'issuer.example'],
    ['JWT_AUDIENCE', 'one,,two'],
    ['JWT_ALGORITHMS', 'HS256'],
    ['JWT_ALGORITHMS', 'RS256,none'],
    ['JWT_ALGORITHMS', 'rs256'],
    ['JWT_CLOCK_SKEW', '-1'],
    ['JWT_CLOCK_SKEW', '301'],
    ['JWT_CLOCK_SKEW', '1.5'],
  ])('are refused with %s=%s', (name, value) => {
    expect(() => loadConfig({ ...GOOD, [name]: value })).toThrow(new RegExp(`^${name} must be`));
  });

  it.each(['http://localhost:8080/keys', 'http://127.0.0.1/keys', 'http://[::1]:1/keys'])(
    'may come from this machine: %s',
    (url) => {
      expect(loadConfig({ ...GOOD, JWT_JWKS_URL: url }).jwt?.jwksUrl).toBe(url);
    },
  );
});
