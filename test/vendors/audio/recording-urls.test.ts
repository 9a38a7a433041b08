import { randomBytes, randomUUID } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { SecretsKey } from '../../../src/config/secrets-keys.js';
import { RecordingUrls } from '../../../src/vendors/audio/recording-urls.js';

const key = (name: string): SecretsKey => ({ name, key: randomBytes(32) });
const [old, fresh] = [key('old'), key('fresh')];
const NOW = Date.UTC(2024, 0, 15);
const HOUR = 3_600_000;

function signed(urls: RecordingUrls, organization: string, recording: string) {
  const query = new URLSearchParams(urls.sign(organization, recording, NOW) ?? expect.fail('not signed'));
  return { expires: query.get('expires') ?? '', signature: query.get('signature') ?? '' };
}

it('a signature is good for an hour, and tells the organization', () => {
  fc.assert(
    fc.property(
      fc.uuid(),
      fc.uuid(),
      fc.integer({ min: 0, max: 2 * HOUR }),
      (organization, recording, later) => {
        const urls = new RecordingUrls([old]);
        const found = urls.verify(recording, signed(urls, organization, recording), NOW + later);
        expect(found).toBe(later < HOUR ? organization : null);
      },
    ),
  );
});

it('a signature of a key that is not the first any more is still good, and of one that is gone is not', () => {
  const [organization, recording] = [randomUUID(), randomUUID()];
  const given = signed(new RecordingUrls([old]), organization, recording);
  expect(new RecordingUrls([fresh, old]).verify(recording, given, NOW)).toBe(organization);
  expect(new RecordingUrls([fresh]).verify(recording, given, NOW)).toBeNull();
  expect(new RecordingUrls([]).verify(recording, given, NOW)).toBeNull();
  expect(new RecordingUrls([]).sign(organization, recording, NOW)).toBeNull();
});

it('no other text is a signature', () => {
  const urls = new RecordingUrls([old]);
  const [organization, recording] = [randomUUID(), randomUUID()];
  const { expires, signature } = signed(urls, organization, recording);
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
      expect(urls.verify(recording, { expires, signature: text }, NOW)).toBeNull();
    }),
  );
  fc.assert(
    fc.property(fc.nat({ max: 47 }), fc.integer({ min: 1, max: 255 }), (at, bits) => {
      const bytes = Buffer.from(signature, 'base64url');
      bytes[at] = (bytes[at] ?? 0) ^ bits;
      expect(urls.verify(recording, { expires, signature: bytes.toString('base64url') }, NOW)).toBeNull();
    }),
  );
  for (const other of ['', '9999999999', 'Infinity', `${expires}.0`, ` ${expires}`]) {
    expect(urls.verify(recording, { expires: other, signature }, NOW)).toBeNull();
  }
  expect(urls.verify(randomUUID(), { expires, signature }, NOW)).toBeNull();
});
