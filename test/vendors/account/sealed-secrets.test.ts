import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  keyNameOf,
  SealedSecrets,
  type Secrets,
  SecretsLocked,
} from '../../../src/vendors/account/sealed-secrets.js';

const key = (name: string, fill: number) => ({ name, key: Buffer.alloc(32, fill) });
const [k1, k2] = [key('k1', 1), key('k2', 2)];
const OWNER = { organizationId: 'organization-1', id: 'account-1' };
const SECRETS: Secrets = { apiKey: 'hunter2' };

const refused = (sealed: SealedSecrets, jwe: string, owner = OWNER) =>
  sealed.open(owner, jwe).then(
    () => expect.fail('it opened'),
    (error: unknown) => {
      expect(error).toBeInstanceOf(SecretsLocked);
      const { message } = error as Error;
      expect(message).toContain('SECRETS_KEYS');
      expect(message).not.toContain('hunter2');
      return message;
    },
  );

describe('sealed secrets', () => {
  it('open as they were, whatever they are', async () => {
    const sealed = new SealedSecrets([k1]);
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), fc.string({ unit: 'grapheme' })), async (secrets) => {
        expect(await sealed.open(OWNER, await sealed.seal(OWNER, secrets))).toEqual({ ...secrets });
      }),
      { numRuns: 50 },
    );
  });

  it('are sealed with the first key, and open with any', async () => {
    const old = await new SealedSecrets([k1]).seal(OWNER, SECRETS);
    const both = new SealedSecrets([k2, k1]);
    expect(keyNameOf(old)).toBe('k1');
    expect(await both.open(OWNER, old)).toEqual(SECRETS);
    const anew = await both.seal(OWNER, SECRETS);
    expect(keyNameOf(anew)).toBe('k2');
    expect(await refused(new SealedSecrets([k1]), anew)).toContain('k2');
  });

  it('do not open with another key of that name, or with none', async () => {
    const jwe = await new SealedSecrets([k1]).seal(OWNER, SECRETS);
    await refused(new SealedSecrets([key('k1', 3)]), jwe);
    await refused(new SealedSecrets([]), jwe);
    await refused(new SealedSecrets([k1]), 'nonsense');
  });

  it.each([
    ['organization', { ...OWNER, organizationId: 'organization-2' }],
    ['account', { ...OWNER, id: 'account-2' }],
  ])('do not open for another %s', async (_, owner) => {
    const sealed = new SealedSecrets([k1]);
    await refused(sealed, await sealed.seal(OWNER, SECRETS), owner);
  });

  it('do not open when the header names another owner', async () => {
    const sealed = new SealedSecrets([k1]);
    const [, ...rest] = (await sealed.seal(OWNER, SECRETS)).split('.');
    const owner = { ...OWNER, organizationId: 'organization-2' };
    const header = {
      alg: 'dir',
      enc: 'A256GCM',
      kid: 'k1',
      organization: owner.organizationId,
      account: owner.id,
    };
    const forged = [Buffer.from(JSON.stringify(header)).toString('base64url'), ...rest].join('.');
    await refused(sealed, forged, owner);
  });

  it('do not open when any of their characters was changed', async () => {
    const sealed = new SealedSecrets([k1]);
    const jwe = await sealed.seal(OWNER, SECRETS);
    await fc.assert(
      fc.asyncProperty(fc.nat(jwe.length - 1), fc.constantFrom('A', 'Q', 'g', 'w'), async (at, other) => {
        const changed = `${jwe.slice(0, at)}${other}${jwe.slice(at + 1)}`;
        // The last character of a part has bits that mean nothing.
        fc.pre(bytesOf(changed) !== bytesOf(jwe));
        await refused(sealed, changed);
      }),
      { numRuns: 200 },
    );
  });

  it('differ each time', async () => {
    const sealed = new SealedSecrets([k1]);
    expect(await sealed.seal(OWNER, SECRETS)).not.toBe(await sealed.seal(OWNER, SECRETS));
  });
});

const bytesOf = (jwe: string) =>
  jwe
    .split('.')
    .map((part) => Buffer.from(part, 'base64url').toString('hex'))
    .join('.');
