import ms from 'ms';
import { expect, test } from 'vitest';
import { type KeyOptions, keyFromOptions } from '../../src/cli/key-options.js';
import { UsageError } from '../../src/cli/usage.js';
import { SCOPES } from '../../src/identity/identity.enums.js';

const ACME = { organization: 'acme', name: 'ci', scopes: 'all' };

test('a key is an application that may do everything and never expires, unless the options say otherwise', () => {
  expect(keyFromOptions(ACME)).toEqual({
    organization: 'acme',
    name: 'ci',
    kind: 'APP',
    staffUid: null,
    scopes: [...SCOPES],
    expiresAt: null,
  });
});

test('scopes are a list, in any case, each once', () => {
  const { scopes } = keyFromOptions({ ...ACME, scopes: 'calls_read, METADATA_WRITE,CALLS_READ' });
  expect(scopes).toEqual(['CALLS_READ', 'METADATA_WRITE']);
});

test('a member of staff has a uid', () => {
  const key = keyFromOptions({ ...ACME, actor: 'staff', 'staff-uid': 'x91' });
  expect(key).toMatchObject({ kind: 'STAFF', staffUid: 'x91' });
});

test('a key expires that long from now', () => {
  const { expiresAt } = keyFromOptions({ ...ACME, 'expires-in': '90d' });
  expect(Math.abs((expiresAt?.getTime() ?? 0) - Date.now() - ms('90d'))).toBeLessThan(10_000);
});

test.each<[KeyOptions, RegExp]>([
  [{ name: 'ci', scopes: 'all' }, /needs --organization/],
  [{ ...ACME, organization: 'Acme Inc' }, /--organization must be/],
  [{ ...ACME, name: ' ' }, /needs --name/],
  [{ ...ACME, name: 'a\u0001b' }, /--name must have no control characters/],
  [{ ...ACME, scopes: 'CALLS' }, /no scope "CALLS"/],
  [{ ...ACME, scopes: 'CALLS_READ,' }, /no scope ""/],
  [{ ...ACME, actor: 'ROBOT' }, /--actor must be one of/],
  [{ ...ACME, actor: 'STAFF' }, /STAFF needs --staff-uid/],
  [{ ...ACME, 'staff-uid': 'x91' }, /--staff-uid is for --actor STAFF only/],
  [{ ...ACME, 'expires-in': 'soon' }, /--expires-in must be/],
  [{ ...ACME, 'expires-in': '90' }, /--expires-in must be/],
  [{ ...ACME, 'expires-in': '0d' }, /--expires-in must be/],
  [{ ...ACME, 'expires-in': '-1d' }, /--expires-in must be/],
  [{ ...ACME, 'expires-in': '1000000y' }, /--expires-in must be/],
])('%j is refused', (options, reason) => {
  expect(() => keyFromOptions(options)).toThrow(UsageError);
  expect(() => keyFromOptions(options)).toThrow(reason);
});
