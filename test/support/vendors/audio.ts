import type { Readable } from 'node:stream';
import type { Answer } from './misbehaviour.js';

/** The audio that a fake vendor has. */
export interface FakeAudio {
  readonly bytes: Buffer;
  readonly type?: string;
  /** The vendor still makes it. */
  isProcessing?: boolean;
  /** In place of the bytes, from the beginning on. */
  readonly stream?: () => Readable;
  readonly headers?: Readonly<Record<string, string>>;
}

/** As servers of files answer, with one range of bytes at most. */
export function audioAnswer(audio: FakeAudio, range: string | undefined): Answer {
  const { bytes, type = 'audio/mpeg', isProcessing = false, stream, headers: more } = audio;
  if (isProcessing) return { status: 202, body: { detail: 'Recording is still processing' } };
  const headers = { 'content-type': type, 'accept-ranges': 'bytes', ...more };
  if (stream !== undefined) return { status: 200, headers, body: stream() };
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(range ?? '') ?? [];
  if (first === '' && last === '') return { status: 200, headers, body: bytes };
  const start = first === '' ? bytes.length - Number(last) : Number(first);
  const end = Math.min(first === '' || last === '' ? bytes.length - 1 : Number(last), bytes.length - 1);
  if (start >= bytes.length) {
    return { status: 416, headers: { 'content-range': `bytes */${bytes.length}` } };
  }
  const shown = `bytes ${start}-${end}/${bytes.length}`;
  return {
    status: 206,
    headers: { ...headers, 'content-range': shown },
    body: bytes.subarray(start, end + 1),
  };
}
