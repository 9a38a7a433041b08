import { describe, expect, it } from 'vitest';
import { hasScope } from '../../src/identity/scopes.js';
import { SCOPES } from '../../src/identity/viewer.js';

describe('a scope', () => {
  it.each(SCOPES)('%s is had by those who were given it, and lets them read', (scope) => {
    expect(hasScope({ scopes: [scope] }, scope)).toBe(true);
    expect(hasScope({ scopes: [scope] }, 'CALLS_READ')).toBe(true);
  });

  it.each(SCOPES)('%s is had by ADMIN', (scope) => {
    expect(hasScope({ scopes: ['ADMIN'] }, scope)).toBe(true);
  });

  it('is not had by those who were given another', () => {
    for (const given of SCOPES.filter((scope) => scope !== 'ADMIN')) {
      for (const wanted of SCOPES.filter((scope) => scope !== given && scope !== 'CALLS_READ')) {
        expect(hasScope({ scopes: [given] }, wanted)).toBe(false);
      }
    }
  });

  it('is not had by those who were given none', () => {
    expect(hasScope({ scopes: [] }, 'CALLS_READ')).toBe(false);
  });
});
