/** What comes over a WebSocket from a server, by RFC 6455: frames without a mask, in any pieces. */
export interface FrameReader {
  read(bytes: Buffer): void;
}

const [TEXT, CLOSE, PING] = [0x1, 0x8, 0x9];

export interface FrameHandlers {
  onText(payload: Buffer): void;
  onPing(payload: Buffer): void;
  onClose(code: number, reason: string): void;
}

/** Payloads are valid during the call only: the bytes may be overwritten. */
export function frameReader({ onText, onPing, onClose }: FrameHandlers): FrameReader {
  let rest: Buffer | null = null;
  return {
    read(bytes) {
      const all = rest === null ? bytes : Buffer.concat([rest, bytes]);
      let at = 0;
      for (;;) {
        const frame = frameAt(all, at);
        if (frame === null) break;
        const payload = all.subarray(frame.from, frame.to);
        if (frame.opcode === TEXT) onText(payload);
        else if (frame.opcode === PING) onPing(payload);
        else if (frame.opcode === CLOSE) {
          onClose(payload.length >= 2 ? payload.readUInt16BE(0) : 1005, payload.toString('utf8', 2));
        }
        at = frame.to;
      }
      rest = at < all.length ? Buffer.from(all.subarray(at)) : null;
    },
  };
}

/** The whole frame that begins there; null while a part is missing. */
function frameAt(bytes: Buffer, at: number): { opcode: number; from: number; to: number } | null {
  if (bytes.length < at + 2) return null;
  const short = (bytes[at + 1] ?? 0) & 0x7f;
  const header = short === 127 ? 10 : short === 126 ? 4 : 2;
  if (bytes.length < at + header) return null;
  const length =
    short === 127
      ? Number(bytes.readBigUInt64BE(at + 2))
      : short === 126
        ? bytes.readUInt16BE(at + 2)
        : short;
  const from = at + header;
  if (bytes.length < from + length) return null;
  return { opcode: (bytes[at] ?? 0) & 0x0f, from, to: from + length };
}

/** A frame as clients send it. The mask of zeros leaves the bytes as they are. */
export function clientFrame(payload: Buffer | string, opcode = TEXT): Buffer {
  const bytes = Buffer.from(payload);
  const isLong = bytes.length > 125;
  const header = Buffer.alloc(isLong ? 8 : 6);
  header[0] = 0x80 | opcode;
  header[1] = 0x80 | (isLong ? 126 : bytes.length);
  if (isLong) header.writeUInt16BE(bytes.length, 2);
  return Buffer.concat([header, bytes]);
}
export const PONG = 0xa;
