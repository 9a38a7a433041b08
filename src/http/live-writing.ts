import type { Writable } from 'node:stream';
import type { Frame } from '../live/audience.js';

/** Bytes up to which small frames are written as one. */
const TOGETHER = 16_384;

/** What is written at once: so many frames, in these pieces. */
export interface Portion {
  count: number;
  pieces: readonly Buffer[];
}

/**
 * Frames in portions: small ones together, for each write costs a call of the system, and a large one alone and uncopied,
 * for many subscribers may share it.
 */
export function portionsOf(frames: readonly Frame[], piecesOf: (payload: Buffer) => Buffer[]): Portion[] {
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

/** Where a client is written to, and how much of it still waits because the client does not read. */
export class Outlet {
  readonly #stream: Writable;
  readonly #limit: number;
  #drained: Promise<void> | undefined;

  constructor(stream: Writable, limit: number) {
    this.#stream = stream;
    this.#limit = limit;
  }

  /** Bytes that the system has not taken yet. */
  get waiting(): number {
    return this.#stream.writableLength;
  }

  /** Whether the next portion may be written. So little that the stream itself takes it for nothing always may. */
  get hasRoom(): boolean {
    return this.#stream.writableLength <= this.#limit || !this.#stream.writableNeedDrain;
  }

  /** Writes as many portions as there is room for: one may go beyond the limit. Answers with how many frames those have. */
  write(portions: readonly Portion[]): number {
    let written = 0;
    for (const { count, pieces } of portions) {
      if (!this.hasRoom) break;
      // A response that is corked may wait for a drain that never comes.
      if (pieces.length > 1) this.#stream.cork();
      for (const piece of pieces) this.#stream.write(piece);
      if (pieces.length > 1) this.#stream.uncork();
      written += count;
    }
    return written;
  }

  /** Resolves when what was written has gone out, or never will; at once where there is room. */
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

/** A text message of a server as one unmasked frame (RFC 6455, section 5.2), of a payload of so many bytes: its head. */
export function textFrameHead(length: number): Buffer {
  if (length < 126) return Buffer.from([0x81, length]);
  if (length < 65_536) return Buffer.from([0x81, 126, length >> 8, length & 255]);
  const head = Buffer.alloc(10);
  head.writeUInt16BE(0x817f);
  head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}
