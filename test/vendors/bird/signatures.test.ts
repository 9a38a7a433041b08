import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { signatureProblem } from '../../../src/vendors/bird/signatures.js';
import { signed } from '../inbound/hooks.js';

/** Verified with the function of Bird's own document, "Verifying a webhook subscription". */
const VECTOR = {
  key: 'switchboard-test-signing-key',
  url: 'https://hooks.example.com/hooks/bird/conn_01?x=1',
  body: '{"service":"channels","event":"voice.inbound","payload":{"id":"a78dd93c-08fb-450b-8651-0def9cf77cf9","status":"starting","note":"Zoë ☎"}}',
  headers: {
    'messagebird-request-timestamp': '1735689600',
    'messagebird-signature': 'M5pzXDT+2iEqVRd2LRXE/YsQF66rryoIY1jG8Z5ULow=',
  },
};

const problemOf = (
  { key, url, body, headers }: typeof VECTOR & { headers: Record<string, string> },
  text = body,
) =>
  signatureProblem(
    { body: Buffer.from(text), headers, urls: ['https://elsewhere', url], wasSigned: false },
    key,
  );

describe('the signature of a notification', () => {
  it('is Bird’s own', () => {
    expect(problemOf(VECTOR)).toBeNull();
    expect(signed(VECTOR.url, VECTOR.body, VECTOR.key)).toEqual(VECTOR.headers);
  });

  it('is wrong with any byte of the body changed', () => {
    const bytes = Buffer.from(VECTOR.body);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ by;
        const message = { body: changed, headers: VECTOR.headers, urls: [VECTOR.url], wasSigned: false };
        expect(signatureProblem(message, VECTOR.key)).toContain('wrong');
      }),
    );
  });

  it.each([
    ['the URL', { ...VECTOR, url: `${VECTOR.url}&y=2` }],
    ['the URL, without its query', { ...VECTOR, url: VECTOR.url.replace('?x=1', '') }],
    ['the key', { ...VECTOR, key: 'another' }],
    [
      'the timestamp',
      { ...VECTOR, headers: { ...VECTOR.headers, 'messagebird-request-timestamp': '1735689601' } },
    ],
    ['the signature', { ...VECTOR, headers: { ...VECTOR.headers, 'messagebird-signature': '' } }],
  ])('is wrong with another one of %s', (_, changed) => {
    expect(problemOf(changed)).toContain('wrong');
  });

  it('has to be there', () => {
    expect(problemOf({ ...VECTOR, headers: {} as typeof VECTOR.headers })).toBe('It is not signed.');
  });
});

it('the third generation signs by Standard Webhooks, with any of several signatures', () => {
  // Of the standard's own library, standardwebhooks 1.1.1.
  const headers = {
    'webhook-id': 'msg_1',
    'webhook-timestamp': '1735689600',
    'webhook-signature': 'v1,AAAA v1,mCq6SINZwyVhulnhNtdVGWJ2UsIkEBmOou5NRf492Kw=',
  };
  const body = Buffer.from('{"type":"voice_call.ended"}');
  const message = { body, headers, urls: [], wasSigned: false };
  const key = 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3';
  expect(signatureProblem(message, key)).toBeNull();
  expect(signatureProblem({ ...message, body: Buffer.from('{}') }, key)).toContain('wrong');
  expect(signatureProblem({ ...message, headers: { ...headers, 'webhook-id': 'msg_2' } }, key)).toContain(
    'wrong',
  );
});

it.each(['=a key that is text', '§§§§§§§§', 'whsec_', 'AA=a key that is text'])(
  'the key %j, which is next to nothing as base64, is none of Standard Webhooks',
  (key) => {
    const body = Buffer.from('{}');
    const secret = Buffer.from(key.replace(/^whsec_/, ''), 'base64');
    const code = createHmac('sha256', secret).update('msg_1.1735689600.').update(body).digest('base64');
    const headers = {
      ...{ 'webhook-id': 'msg_1', 'webhook-timestamp': '1735689600' },
      'webhook-signature': `v1,${code}`,
    };
    expect(signatureProblem({ body, headers, urls: [], wasSigned: false }, key)).toContain('wrong');
  },
);
