import { createCipheriv, createDecipheriv, createHmac, type KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { LogPosition } from '../changes/change.queries.js';
import { type CursorArgument, foreignCursor } from './cursor.js';

/** The cursors of one organization's change log. */
export interface LogCursors {
  /** The same for the same place, whichever gateway writes it. */
  of(place: LogPosition): string;
  /** @throws BAD_USER_INPUT naming the argument, for any text that `of` has not written for this organization */
  position(cursor: string, argument: CursorArgument): LogPosition;
}

const BLOCK = 16;
const PLACE = /^[\w-]{32}$/;
/** Places never have the highest bit of their label: with it the block is encrypted once more, as its seal. */
const SEAL_BIT = 0x80;
const MOST_ORGANIZATIONS = 1_000;

/**
 * Seals the places of the log: their two numbers count what all organizations write. A cursor is a block of AES with the
 * place, and half a block that says it was made here: E(place) and the beginning of E(place with the seal bit), in
 * base64url, under a key of the organization's own.
 */
export function logCursors(secret: KeyObject): (organization: string) => LogCursors {
  const known = new LRUCache<string, LogCursors>({ max: MOST_ORGANIZATIONS });
  return (organization) => {
    const cursors = known.get(organization) ?? cursorsUnder(keyOf(secret, organization));
    known.set(organization, cursors);
    return cursors;
  };
}

const keyOf = (secret: KeyObject, organization: string) =>
  createHmac('sha256', secret).update(`change cursors of ${organization}`).digest();

function cursorsUnder(key: Buffer): LogCursors {
  // Blocks by themselves: what these two were given before decides nothing, and making them takes longer than using them.
  const cipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  const decipher = createDecipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  const of = ({ label, seq }: LogPosition) => {
    const plain = Buffer.allocUnsafe(2 * BLOCK);
    plain.writeBigInt64BE(BigInt(label), 0);
    plain.writeBigInt64BE(BigInt(seq), 8);
    plain.copy(plain, BLOCK, 0, BLOCK);
    plain.writeUInt8(plain.readUInt8(BLOCK) | SEAL_BIT, BLOCK);
    return cipher.update(plain).toString('base64url', 0, (3 / 2) * BLOCK);
  };
  return {
    of,
    position(cursor, argument) {
      if (!PLACE.test(cursor)) throw foreignCursor(argument);
      const plain = decipher.update(Buffer.from(cursor, 'base64url').subarray(0, BLOCK));
      const place = { label: plain.readBigInt64BE(0).toString(), seq: plain.readBigInt64BE(8).toString() };
      if (plain.readBigInt64BE(0) < 0n || of(place) !== cursor) throw foreignCursor(argument);
      return place;
    },
  };
}
