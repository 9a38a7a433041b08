import { createSecretKey, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogPosition } from '../../src/changes/change.queries.js';
import { logCursors } from '../../src/graphql/log-cursors.js';

const SECRET = randomBytes(32);
const of = (organization: string, secret = SECRET) => logCursors(createSecretKey(secret))(organization);
const [ours, theirs] = [of('ours'), of('theirs')];

const MOST = 2n ** 63n - 1n;
const number = fc.bigInt(0n, MOST).map(String);
const position: fc.Arbitrary<LogPosition> = fc.record({ label: number, seq: number });
const refused = (message = 'after is not a cursor of this list') =>
  expect.objectContaining({
    message: expect.stringContaining(message),
    extensions: { code: 'BAD_USER_INPUT' },
  });

describe('a cursor of the log', () => {
  it('decodes to the position that it was made from', () => {
    fc.assert(
      fc.property(position, (value) => {
        const cursor = ours.of(value);
        expect(cursor).toMatch(/^[\w-]{32}$/);
        expect(ours.position(cursor, 'after')).toEqual(value);
      }),
      { examples: [[{ label: '0', seq: '0' }], [{ label: String(MOST), seq: String(MOST) }]] },
    );
  });

  it('is the same for the same position on every gateway, and different for any other', () => {
    fc.assert(
      fc.property(position, position, (one, other) => {
        expect(of('ours').of(one)).toBe(ours.of(one));
        const same = one.label === other.label && one.seq === other.seq;
        expect(ours.of(one) === ours.of(other)).toBe(same);
      }),
    );
  });

  it('is refused by another organization, and under another secret', () => {
    fc.assert(
      fc.property(position, (value) => {
        const cursor = ours.of(value);
        expect(cursor).not.toBe(theirs.of(value));
        expect(() => theirs.position(cursor, 'before')).toThrow(
          refused('before is not a cursor of this list'),
        );
        expect(() => of('ours', randomBytes(32)).position(cursor, 'after')).toThrow(refused());
      }),
    );
  });

  it('is refused if any bit of it differs, or anything is left out or added', () => {
    fc.assert(
      fc.property(position, fc.nat(24 * 8 - 1), (value, bit) => {
        const cursor = ours.of(value);
        const bytes = Buffer.from(cursor, 'base64url');
        bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        for (const text of [
          bytes.toString('base64url'),
          cursor.slice(1),
          cursor.slice(0, -1),
          `${cursor}A`,
          `${cursor}=`,
          ` ${cursor}`,
          `${cursor}\n`,
          Buffer.from(cursor, 'base64url').toString('base64').replaceAll('A', '+'),
        ]) {
          if (text !== cursor) expect(() => ours.position(text, 'after')).toThrow(refused());
        }
      }),
    );
  });

  it('is refused if it is any other text', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .uint8Array({ minLength: 24, maxLength: 24 })
        .map((bytes) => Buffer.from(bytes).toString('base64url')),
      position.map(({ label, seq }) => Buffer.from(`change|${label}.${seq}`).toString('base64url')),
    );
    fc.assert(
      fc.property(text, (value) => {
        expect(() => ours.position(value, 'after')).toThrow(refused());
      }),
    );
  });

  it('shares no more with the next position’s than by chance, in any of its bytes', () => {
    const shared = new Array<number>(24).fill(0);
    const bytesOf = (seq: number) => Buffer.from(ours.of({ label: '765', seq: String(seq) }), 'base64url');
    for (let seq = 0; seq < 4_096; seq += 1) {
      const [one, next] = [bytesOf(seq), bytesOf(seq + 1)];
      for (let at = 0; at < 24; at += 1) if (one[at] === next[at]) shared[at] = (shared[at] ?? 0) + 1;
    }
    // 16 of 4,096 are expected for each byte.
    expect(Math.max(...shared)).toBeLessThan(60);
  });
});
