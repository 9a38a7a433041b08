import { createCipheriv, createDecipheriv, createHmac, type KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { LogPosition } from '../changes/change.queries.js';
import { type CursorArgument, foreignCursor } from './cursor.js';

export interface LogCursors {
  of(position: LogPosition): string;
  /** @throws BAD_USER_INPUT naming the argument, for any text that `of` did not write for this organization */
  position(cursor: string, argument: CursorArgument): LogPosition;
}

const BLOCK = 16;
const CURSOR = /^[\w-]{32}$/;
/** No position uses the highest bit of its label. With it set, the block is encrypted again, as the seal. */
const SEAL_BIT = 0x80;
const MOST_ORGANIZATIONS = 1_000;

/**
 * Encrypted, because positions count the writes of all organizations. A cursor is one AES block, E(position), and the
 * first half of its seal, E(position with the seal bit), in base64url.
 */
export function logCursors(secret: KeyObject): (organization: string) => LogCursors {
  const known = new LRUCache<string, LogCursors>({ max: MOST_ORGANIZATIONS });
  return (organization) => {
    const cursors = known.get(organization) ?? cursorsUnder(keyOf(secret, 'change cursors', organization));
    known.set(organization, cursors);
    return cursors;
  };
}

const cursorsUnder = (key: Buffer): LogCursors => {
  const { of, read } = sealedPositions(key);
  return {
    of,
    position(cursor, argument) {
      const position = read(cursor);
      if (position === null) throw foreignCursor(argument);
      return position;
    },
  };
};

export const keyOf = (secret: KeyObject, purpose: string, organization: string): Buffer =>
  createHmac('sha256', secret).update(`${purpose} of ${organization}`).digest();

export interface SealedPositions {
  of(position: LogPosition): string;
  /** Null for any text that `of` did not write. */
  read(text: string): LogPosition | null;
}

export function sealedPositions(key: Buffer): SealedPositions {
  // ECB blocks are independent, so both are reused: creating one takes longer than using it.
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
    read(text) {
      if (!CURSOR.test(text)) return null;
      const plain = decipher.update(Buffer.from(text, 'base64url').subarray(0, BLOCK));
      const position = { label: plain.readBigInt64BE(0).toString(), seq: plain.readBigInt64BE(8).toString() };
      return plain.readBigInt64BE(0) < 0n || of(position) !== text ? null : position;
    },
  };
}
