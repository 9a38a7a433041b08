import type { Readable } from 'node:stream';
import { SecretsLocked } from '../account/sealed-secrets.js';
import { type AudioAnswer, VendorRefusal, VendorUnreachable } from '../request/vendor-client.js';

/** What a listener is given of a vendor's answer: nothing that could show the vendor, its address or its key. */
export interface OpenedAudio {
  readonly status: 200 | 206;
  readonly type: string;
  readonly length: string | null;
  /** Of the bytes, as Content-Range has it. */
  readonly range: string | null;
  readonly takesRanges: boolean;
  readonly body: Readable;
}

export type AudioProblem =
  /** The vendor still makes it. */
  | 'PROCESSING'
  /** There is no byte in the range that was asked for; `range` tells how many there are. */
  | 'UNSATISFIABLE'
  /** The vendor has it no more. */
  | 'GONE'
  | 'TIMED_OUT'
  | 'FAILED';

export class AudioUnavailable extends Error {
  override readonly name = 'AudioUnavailable';
  readonly problem: AudioProblem;
  /** Milliseconds to wait, if the vendor says so. */
  readonly retryAfter: number | null;
  readonly range: string | null;

  constructor(
    problem: AudioProblem,
    {
      retryAfter = null,
      range = null,
      cause,
    }: { retryAfter?: number | null; range?: string | null; cause?: unknown } = {},
  ) {
    super(`the audio is not available: ${problem}`, { cause });
    this.problem = problem;
    this.retryAfter = retryAfter;
    this.range = range;
  }
}

const TYPES: Readonly<Record<string, string>> = {
  mp3: 'audio/mpeg',
  mpeg: 'audio/mpeg',
  wav: 'audio/wav',
  ogg: 'audio/ogg',
  opus: 'audio/ogg',
  webm: 'audio/webm',
  m4a: 'audio/mp4',
  mp4: 'audio/mp4',
  aac: 'audio/aac',
  flac: 'audio/flac',
};
const ANY_BYTES = /^(?:application|binary)\/octet-stream$/;
const AUDIO = /^(?:(?:audio|video)\/[\w.+-]+|application\/ogg)$/;
const CONTENT_RANGE = /^bytes (?:\d+-\d+|\*)\/(?:\d+|\*)$/;

/** @throws AudioUnavailable; the answer's body is destroyed then */
export function openedAudio({ status, headers, body }: AudioAnswer, format: string | null): OpenedAudio {
  const range = CONTENT_RANGE.test(headers['content-range'] ?? '')
    ? (headers['content-range'] ?? null)
    : null;
  const type = typeOf(headers['content-type'], format);
  const isEncoded = (headers['content-encoding'] ?? 'identity') !== 'identity';
  if ((status === 200 || (status === 206 && range !== null)) && type !== null && !isEncoded) {
    const length = /^\d+$/.test(headers['content-length'] ?? '') ? (headers['content-length'] ?? null) : null;
    const takesRanges = status === 206 || headers['accept-ranges'] === 'bytes';
    return { status, type, length, range: status === 206 ? range : null, takesRanges, body };
  }
  body.destroy();
  if (status === 202) throw new AudioUnavailable('PROCESSING');
  throw new AudioUnavailable(status === 416 ? 'UNSATISFIABLE' : 'FAILED', { range });
}

/** Null for what is no audio, such as a page that says what is wrong: it must not be shown as the gateway's own. */
function typeOf(given: string | undefined, format: string | null): string | null {
  const [type = ''] = (given ?? 'application/octet-stream').toLowerCase().split(';');
  if (AUDIO.test(type.trim())) return type.trim();
  if (!ANY_BYTES.test(type.trim())) return null;
  const known = (format ?? '').toLowerCase();
  return Object.hasOwn(TYPES, known) ? (TYPES[known] ?? null) : 'application/octet-stream';
}

/** @throws other errors as they are */
export function audioFailure(error: unknown): AudioUnavailable {
  if (error instanceof VendorUnreachable) {
    return new AudioUnavailable(error.hasTimedOut ? 'TIMED_OUT' : 'FAILED', { cause: error });
  }
  if (error instanceof SecretsLocked) return new AudioUnavailable('FAILED', { cause: error });
  if (!(error instanceof VendorRefusal)) throw error;
  const { status, retryAfter } = error;
  if (status === 404 || status === 410) return new AudioUnavailable('GONE', { cause: error });
  const problem = status === 408 || status === 504 ? 'TIMED_OUT' : 'FAILED';
  return new AudioUnavailable(problem, { retryAfter, cause: error });
}
