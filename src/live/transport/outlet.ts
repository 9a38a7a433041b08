import type { Writable } from 'node:stream';
import type { Payload } from '../subscription-handle.js';

/** Bytes up to which small frames share one write. */
const TOGETHER = 16_384;

export interface Portion {
  count: number;
  pieces: readonly Buffer[];
}

/**
 * Each write is a system call, so small frames are joined. A large one stays uncopied: many subscribers may share it.
 */
export function portionsOf(frames: readonly Payload[], piecesOf: (payload: Buffer) => Buffer[]): Portion[] {
  const portions: Portion[] = [];
  let pieces: Buffer[] = [];
  let [count, bytes] = [0, 0];
  const close = () => {
    if (count > 0)
      portions.push({ count, pieces: bytes > TOGETHER ? pieces : [Buffer.concat(pieces, bytes)] });
    pieces = [];
    [count, bytes] = [0, 0];
  };
  for (const { payload } of frames) {
    const added = piecesOf(payload);
    const length = added.reduce((sum, piece) => sum + piece.length, 0);
    if (bytes + length > TOGETHER) close();
    pieces.push(...added);
    count += 1;
    bytes += length;
  }
  close();
  return portions;
}

export class Outlet {
  readonly #stream: Writable;
  readonly #limit: number;
  #drained: Promise<void> | undefined;

  constructor(stream: Writable, limit: number) {
    this.#stream = stream;
    this.#limit = limit;
  }

  get waiting(): number {
    return this.#stream.writableLength;
  }

  get hasRoom(): boolean {
    return this.#stream.writableLength <= this.#limit || !this.#stream.writableNeedDrain;
  }

  write(portions: readonly Portion[]): number {
    let written = 0;
    for (const { count, pieces } of portions) {
      if (!this.hasRoom) break;
      // A corked response may wait for a drain event that never comes.
      if (pieces.length > 1) this.#stream.cork();
      for (const piece of pieces) this.#stream.write(piece);
      if (pieces.length > 1) this.#stream.uncork();
      written += count;
    }
    return written;
  }

  drained(): Promise<void> {
    const stream = this.#stream;
    if (!stream.writableNeedDrain || stream.destroyed) return Promise.resolve();
    this.#drained ??= new Promise((resolve) => {
      const done = () => {
        stream.off('drain', done);
        stream.off('close', done);
        this.#drained = undefined;
        resolve();
      };
      stream.once('drain', done);
      stream.once('close', done);
    });
    return this.#drained;
  }
}

/** One unmasked frame (RFC 6455, section 5.2); `length` in bytes. */
export function textFrameHead(length: number): Buffer {
  if (length < 126) return Buffer.from([0x81, length]);
  if (length < 65_536) return Buffer.from([0x81, 126, length >> 8, length & 255]);
  const head = Buffer.alloc(10);
  head.writeUInt16BE(0x817f);
  head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}
