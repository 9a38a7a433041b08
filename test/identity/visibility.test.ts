import { describe, expect, it } from 'vitest';
import { newAccount } from '../../src/db/connection/account.js';
import { canonicalKey } from '../../src/foundation/canonical-key.js';
import { type Viewer, viewerOf, visibilityOf } from '../../src/identity/viewer.js';

const KEY: Viewer = {
  organization: { id: '01a2186a-10a5-7cf9-9c49-0b67bdc58e59', slug: 'acme', name: 'Acme' },
  keyId: '01a2186a-10a5-7cf9-9c49-0b67bdc58e60',
  kind: 'APP',
  name: 'ci',
  staffUid: null,
  scopes: ['CALLS_READ', 'ADMIN'],
  account: newAccount('01a2186a-10a5-7cf9-9c49-0b67bdc58e59', 'key'),
};
const keyOf = (viewer: Viewer) => canonicalKey(visibilityOf(viewer));

describe('the sight of a viewer', () => {
  it.each<[string, Partial<Viewer>]>([
    ['another key', { keyId: 'x', name: 'x' }],
    ['of another kind', { kind: 'STAFF', staffUid: 's' }],
    ['with its scopes in another order, and twice', { scopes: ['ADMIN', 'CALLS_READ', 'ADMIN'] }],
  ])('is the same: %s', (_, other) => {
    expect(keyOf({ ...KEY, ...other })).toBe(keyOf(KEY));
  });

  it.each<[string, Partial<Viewer>]>([
    [
      'another organization',
      { organization: { ...KEY.organization, id: '01a2186a-10a5-7cf9-9c49-0b67bdc58e61' } },
    ],
    ['a scope less', { scopes: ['ADMIN'] }],
    ['a scope more', { scopes: ['CALLS_READ', 'ADMIN', 'METADATA_WRITE'] }],
    ['none', { scopes: [] }],
    ['a person', { expiresAt: new Date() }],
  ])('is another: %s', (_, other) => {
    expect(keyOf({ ...KEY, ...other })).not.toBe(keyOf(KEY));
  });

  it('is all that viewers who share an answer have in common', () => {
    const shared = viewerOf(visibilityOf(KEY), KEY.account);
    expect([shared.organization, shared.scopes.toSorted(), shared.expiresAt]).toEqual([
      KEY.organization,
      ['ADMIN', 'CALLS_READ'],
      undefined,
    ]);
    for (const member of ['keyId', 'kind', 'name', 'staffUid'] as const) {
      expect(() => shared[member]).toThrow(`have no ${member} in common`);
    }
  });
});
