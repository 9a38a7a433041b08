import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type KeySetTimes, KeysUnavailable } from '../../src/identity/key-set.js';
import { SignedTokens } from '../../src/identity/signed-tokens.js';
import { Issuer, newSigningKey, type SigningKey } from '../support/issuer.js';

/** No regular refresh, and an hour's pause after one without new keys. */
const SELDOM = { refreshEvery: 3_600_000, timeout: 300, minPause: 3_600_000, maxPause: 3_600_000 };

let issuer: Issuer;
let first: SigningKey;
beforeEach(async () => {
  issuer = await Issuer.open();
  first = issuer.keys[0] as SigningKey;
});
afterEach(() => issuer.close());

function signedTokens(times: Partial<KeySetTimes> = {}): SignedTokens {
  const tokens = new SignedTokens(issuer.config(), pino({ level: 'silent' }), { ...SELDOM, ...times });
  onTestFinished(() => tokens.close());
  return tokens;
}

async function opened(times?: Partial<KeySetTimes>): Promise<SignedTokens> {
  const tokens = signedTokens(times);
  expect(await counts(tokens, first)).toBe(true);
  expect(issuer.asked).toBe(1);
  return tokens;
}

const counts = async (tokens: SignedTokens, key: SigningKey): Promise<boolean> =>
  (await tokens.personOf(await issuer.token({}, key))) !== null;

async function millisecondsOf(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

describe('keys', () => {
  it('are fetched once for many tokens', async () => {
    const tokens = signedTokens();
    const all = await Promise.all(Array.from({ length: 50 }, () => counts(tokens, first)));
    expect(new Set(all)).toEqual(new Set([true]));
    expect(issuer.asked).toBe(1);
  });

  it('are accepted from their first token on, and withdrawn ones no longer', async () => {
    const tokens = await opened();
    for (const looks of [2, 3, 4]) {
      issuer.keys = [await newSigningKey(looks === 3 ? 'ES384' : 'ES256')];
      expect(await counts(tokens, issuer.keys[0] as SigningKey)).toBe(true);
      expect(issuer.asked).toBe(looks);
    }
    expect(await counts(tokens, first)).toBe(false);
  });

  it('are dropped when withdrawn, even without a token', async () => {
    const tokens = signedTokens({ refreshEvery: 20 });
    expect(await counts(tokens, first)).toBe(true);
    issuer.keys = [await newSigningKey()];
    await vi.waitFor(async () => expect(await counts(tokens, first)).toBe(false), { timeout: 10_000 });
  });

  it('with made-up names cause at most one fetch', async () => {
    const tokens = await opened();
    const stranger = await newSigningKey();
    const forged = await Promise.all(
      Array.from({ length: 100 }, (_, index) => issuer.token({}, { ...stranger, kid: `made up ${index}` })),
    );
    const together = await Promise.all(forged.slice(0, 50).map((token) => tokens.personOf(token)));
    expect(together).toEqual(Array(50).fill(null));
    for (const token of forged.slice(50)) expect(await tokens.personOf(token)).toBeNull();
    expect(issuer.asked).toBe(2);
    expect(await counts(tokens, first)).toBe(true);
  });

  it('are fetched again after a pause, which grows while there is nothing new', async () => {
    const tokens = await opened({ minPause: 40, maxPause: 80 });
    const stranger = await newSigningKey();
    const start = performance.now();
    while (performance.now() - start < 600) {
      expect(await counts(tokens, stranger)).toBe(false);
      await sleep(2);
    }
    // Without a pause it would be hundreds; 600 ms hold 40 and seven times 80.
    expect(issuer.asked).toBeGreaterThan(2);
    expect(issuer.asked).toBeLessThan(12);
    issuer.keys = [stranger];
    await vi.waitFor(async () => expect(await counts(tokens, stranger)).toBe(true), { timeout: 10_000 });
  });

  it('are not fetched for an algorithm that is not accepted', async () => {
    const tokens = new SignedTokens(
      issuer.config({ JWT_ALGORITHMS: 'ES384' }),
      pino({ level: 'silent' }),
      SELDOM,
    );
    onTestFinished(() => tokens.close());
    await vi.waitFor(() => expect(issuer.asked).toBe(1), { timeout: 10_000 });
    for (let count = 0; count < 10; count += 1) expect(await counts(tokens, first)).toBe(false);
    expect(issuer.asked).toBe(1);
  });
});

describe('while the issuer', () => {
  it('is away, the last keys stay valid, and new ones are accepted when it is back', async () => {
    const tokens = await opened({ minPause: 1, maxPause: 1 });
    const { port } = issuer;
    await issuer.close();
    const next = await newSigningKey();
    expect(await counts(tokens, next)).toBe(false);
    expect(await counts(tokens, first)).toBe(true);
    issuer.keys = [first, next];
    await issuer.listen(port);
    await vi.waitFor(async () => expect(await counts(tokens, next)).toBe(true), { timeout: 10_000 });
  });

  it('is silent, tokens of known keys do not wait, and others at most the timeout', async () => {
    const tokens = await opened({ timeout: 1_000 });
    issuer.answer = () => {};
    const stranger = await newSigningKey();
    const refused = millisecondsOf(async () => expect(await counts(tokens, stranger)).toBe(false));
    expect(await millisecondsOf(() => counts(tokens, first))).toBeLessThan(800);
    const waited = await refused;
    expect(waited).toBeGreaterThan(900);
    expect(waited).toBeLessThan(3_000);
    expect(await millisecondsOf(() => counts(tokens, stranger))).toBeLessThan(800);
  });

  it('was never reachable, no token can be verified, and none waits twice', async () => {
    issuer.answer = () => {};
    const tokens = signedTokens({ timeout: 1_000 });
    await expect(counts(tokens, first)).rejects.toBeInstanceOf(KeysUnavailable);
    const again = () => expect(counts(tokens, first)).rejects.toBeInstanceOf(KeysUnavailable);
    expect(await millisecondsOf(again)).toBeLessThan(800);
  });

  it.each<[string, NonNullable<Issuer['answer']>]>([
    ['fails', (_, response) => void response.writeHead(500).end('{"keys":[]}')],
    ['speaks HTML', (_, response) => void response.end('<html>')],
    ['publishes no key set', (_, response) => void response.end('{"keys":{}}')],
    ['publishes null', (_, response) => void response.end('null')],
    ['sends us elsewhere', (_, response) => void response.writeHead(302, { location: '/other' }).end()],
    ['hangs up', (_, response) => void response.destroy()],
    ['stops half-way', (_, response) => void response.write('{"keys":[')],
    [
      'sends without end',
      (_, response) => {
        response.on('error', () => {});
        const more = () => {
          while (response.write(Buffer.alloc(65_536, ' '))) if (response.destroyed) return;
          response.once('drain', more);
        };
        more();
      },
    ],
  ])('%s, the keys that were had go on', async (_, answer) => {
    const tokens = await opened();
    issuer.answer = answer;
    expect(await counts(tokens, await newSigningKey())).toBe(false);
    expect(issuer.asked).toBe(2);
    expect(await counts(tokens, first)).toBe(true);
  });
});

it.each(['oct', 'RSA too small', 'broken'])('an unusable key signs no one in: %s', async (what) => {
  const weak = await newSigningKey();
  if (what === 'oct') weak.jwk = { kty: 'oct', k: 'c2VjcmV0', kid: weak.kid };
  if (what === 'RSA too small')
    weak.jwk = {
      kty: 'RSA',
      n: 'w7Zdfmece8iaB0kiTY8pCtiBtzbptJmP28nSWwtdjRu0f2GFpajvWE4VhfJA',
      e: 'AQAB',
      kid: weak.kid,
    };
  if (what === 'broken') weak.jwk = { ...weak.jwk, x: 'AAAA' };
  issuer.keys.push(weak);
  const tokens = await opened();
  expect(await counts(tokens, weak)).toBe(false);
  expect(await counts(tokens, first)).toBe(true);
});
