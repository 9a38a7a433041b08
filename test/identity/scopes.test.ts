import { describe, expect, it } from 'vitest';
import { SCOPES } from '../../src/identity/identity.enums.js';
import { hasScope } from '../../src/identity/scopes.js';

describe('a scope', () => {
  it.each(SCOPES)('%s is granted by itself, and includes reading', (scope) => {
    expect(hasScope({ scopes: [scope] }, scope)).toBe(true);
    expect(hasScope({ scopes: [scope] }, 'CALLS_READ')).toBe(true);
  });

  it.each(SCOPES)('%s is included in ADMIN', (scope) => {
    expect(hasScope({ scopes: ['ADMIN'] }, scope)).toBe(true);
  });

  it('is not granted by another scope', () => {
    for (const given of SCOPES.filter((scope) => scope !== 'ADMIN')) {
      for (const wanted of SCOPES.filter((scope) => scope !== given && scope !== 'CALLS_READ')) {
        expect(hasScope({ scopes: [given] }, wanted)).toBe(false);
      }
    }
  });

  it('is not granted without scopes', () => {
    expect(hasScope({ scopes: [] }, 'CALLS_READ')).toBe(false);
  });
});
