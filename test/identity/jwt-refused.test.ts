import { type CryptoKey, exportSPKI, importJWK, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fingerprint } from '../errors/fingerprint.js';
import { openTestGateway, type TestGateway } from '../support/gateway.js';
import { claimsOfAnn, Issuer, inSeconds, newSigningKey, type SigningKey } from '../support/issuer.js';

let issuer: Issuer;
let key: SigningKey;
let stranger: SigningKey;
let gateway: TestGateway;

beforeAll(async () => {
  issuer = await Issuer.open();
  key = issuer.keys[0] as SigningKey;
  issuer.keys.push(await newSigningKey('RS256'));
  stranger = await newSigningKey();
  gateway = await openTestGateway({ jwt: issuer.config() });
  await gateway.client({ organization: 'acme' });
});
afterAll(async () => {
  await gateway.close();
  await issuer.close();
});

const VIEWER = '{ viewer { name } }';
const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const signed = (header: object, claims = claimsOfAnn()) =>
  new SignJWT(claims).setProtectedHeader({ alg: key.alg, ...header }).sign(key.privateKey);
/** With the signature of the token that has none of it. */
async function tampered(change: (header: string, payload: string) => [string, string]): Promise<string> {
  const [header = '', payload = '', signature] = (await issuer.token({ scope: 'CALLS_READ' })).split('.');
  return [...change(header, payload), signature].join('.');
}
async function signedWithPublicKey(alg: string): Promise<string> {
  const rsa = issuer.keys[1] as SigningKey;
  const spki = await exportSPKI((await importJWK(rsa.jwk, 'RS256')) as CryptoKey);
  return new SignJWT(claimsOfAnn()).setProtectedHeader({ alg, kid: rsa.kid }).sign(Buffer.from(spki));
}

const REFUSED: [string, () => string | Promise<string>][] = [
  ['no signature', () => new UnsecuredJWT(claimsOfAnn()).encode()],
  ['no signature, and a key', () => `${encoded({ alg: 'none', kid: key.kid })}.${encoded(claimsOfAnn())}.`],
  ['NONE for an algorithm', () => `${encoded({ alg: 'NONE' })}.${encoded(claimsOfAnn())}.`],
  ['its signature cut off', async () => (await issuer.token()).replace(/[^.]+$/, '')],
  ['another’s signature', () => issuer.token({}, { ...stranger, kid: key.kid })],
  ['a key that is not there', () => issuer.token({}, stranger)],
  [
    'a key of its own in the header',
    () =>
      new SignJWT(claimsOfAnn())
        .setProtectedHeader({ alg: 'ES256', jwk: stranger.jwk })
        .sign(stranger.privateKey),
  ],
  [
    'a place of keys in the header',
    () =>
      new SignJWT(claimsOfAnn())
        .setProtectedHeader({ alg: 'ES256', kid: stranger.kid, jku: `${issuer.url}?theirs` })
        .sign(stranger.privateKey),
  ],
  [
    'an extension that must be understood',
    () => tampered((_, payload) => [encoded({ alg: key.alg, kid: key.kid, crit: ['x'], x: 1 }), payload]),
  ],
  ['HS256 with the public key', () => signedWithPublicKey('HS256')],
  ['HS512 with the public key', () => signedWithPublicKey('HS512')],
  ['a claim changed', () => tampered((header) => [header, encoded(claimsOfAnn({ scope: 'ADMIN' }))])],
  [
    'its header changed',
    () => tampered((_, payload) => [encoded({ alg: key.alg, kid: key.kid, typ: 'x' }), payload]),
  ],
  ['another issuer', () => issuer.token({ iss: 'https://issuer.example' })],
  ['no issuer', () => issuer.token({ iss: undefined })],
  ['another audience', () => issuer.token({ aud: 'another' })],
  ['no audience', () => issuer.token({ aud: undefined })],
  ['an expiry in the past', () => issuer.token({ exp: inSeconds(-1) })],
  ['no end', () => issuer.token({ exp: undefined })],
  ['an end that is a text', () => signed({ kid: key.kid }, { ...claimsOfAnn(), exp: '9999999999' as never })],
  ['its beginning ahead', () => issuer.token({ nbf: inSeconds(60) })],
  ['no organization', () => issuer.token({ organization: undefined })],
  ['an unknown organization', () => issuer.token({ organization: 'nobody' })],
  [
    'an unknown organization by id',
    () => issuer.token({ organization: 'organization_01h46p7d3dfz5vcm6q1p2y1g6t' }),
  ],
  [
    'a uuid for an organization',
    () => issuer.token({ organization: '0189c1c0-0000-7000-8000-000000000000' }),
  ],
  ['a number for an organization', () => issuer.token({ organization: 1 })],
  ['organizations', () => issuer.token({ organization: ['acme'] })],
  ['an organization with NUL', () => issuer.token({ organization: 'acme\0' })],
  ['half a character in its name', () => issuer.token({ name: 'Ann \ud800' })],
  ['a line break in its name', () => issuer.token({ name: 'Ann\n{"level":60}' })],
  ['a name of spaces', () => issuer.token({ name: '  ' })],
  ['a long name', () => issuer.token({ name: 'a'.repeat(256) })],
  ['neither name nor subject', () => issuer.token({ name: undefined, sub: undefined })],
  ['a number for a staff uid', () => issuer.token({ staff_uid: 7 })],
  [
    'claims that are no JSON',
    () => signed({ kid: key.kid }).then((token) => token.replace(/\.[^.]+\./, '.bm8.')),
  ],
  ['nothing in it', () => 'e30.e30.e30'],
  ['two dots', () => 'a..'],
  ['eight thousand characters', () => issuer.token({ more: 'a'.repeat(8_000) }, stranger)],
];

it.each(REFUSED)('a token with %s is refused without a reason', async (_, made) => {
  const client = gateway.anonymous(`Bearer ${await made()}`);
  const unknown = await gateway.anonymous('Bearer sb_unknown').send(VIEWER);
  const before = await fingerprint(gateway.database);
  expect(unknown).toMatchObject({ status: 401, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  expect(await client.send(VIEWER)).toEqual(unknown);
  const write = await client.send('mutation { hangUpCall(call: { id: "x" }) { errors { code } } }');
  expect({ status: write.status, errors: write.errors }).toEqual({ status: 401, errors: unknown.errors });
  expect(write).not.toHaveProperty('data');
  expect(await fingerprint(gateway.database)).toEqual(before);
});

it('the same token with nothing wrong is Ann’s', async () => {
  const client = gateway.anonymous(`Bearer ${await issuer.token()}`);
  expect(await client.ask(VIEWER)).toEqual({ viewer: { name: 'Ann Example' } });
});
