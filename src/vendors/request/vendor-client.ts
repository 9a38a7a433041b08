import type { Readable } from 'node:stream';

/** Makes the requests of one account. All URLs lie below the account's base URL. */
export interface VendorClient {
  /**
   * @throws VendorRefusal for a status of 400 or above, and for a redirect
   * @throws VendorUnreachable if no whole answer came in time
   */
  send(request: VendorRequest): Promise<VendorAnswer>;
}

/** Makes the requests for one recording's audio, of the range that was asked for. */
export interface AudioClient extends VendorClient {
  /**
   * Asks the vendor for audio. A redirect is followed once, as `streamAddress` does.
   * @throws VendorRefusal for a status of 300 or above, but for 416
   * @throws VendorUnreachable if no answer began in time
   */
  stream(request: Pick<VendorRequest, 'path' | 'headers'>): Promise<AudioAnswer>;
  /** The same of an address that the vendor has given, e.g. a pre-signed one, without credentials. */
  streamAddress(address: string): Promise<AudioAnswer>;
}

export interface AudioAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Comes no faster than it is read. Read it to its end, or destroy it. */
  readonly body: Readable;
}

export interface VendorRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Begins with a slash. Encode each part that is not a constant with encodeURIComponent. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
  /** Of the answer, in MiB; 1 if it is left out. */
  readonly mostMebibytes?: number;
}

/** Of a page of a list: hundreds of records, each perhaps with much metadata. */
export const MOST_OF_PAGE = 16;

export interface VendorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body as JSON, undefined if it is none. */
  readonly body: unknown;
  /** The vendor's own id of the request, where its answer names one. */
  readonly requestId: string | null;
}

/** An answer of 400 or above. Its message is what an operator may see. */
export class VendorRefusal extends Error {
  override readonly name = 'VendorRefusal';
  readonly status: number;
  /** The answer's text, shortened, without the account's secrets. */
  readonly text: string;
  /** Milliseconds to wait, by the answer's Retry-After. */
  readonly retryAfter: number | null;
  readonly requestId: string | null;

  constructor(answer: { status: number; text: string; retryAfter: number | null; requestId: string | null }) {
    super(`The vendor answered ${answer.status}${answer.text === '' ? '' : `: ${answer.text}`}`);
    this.status = answer.status;
    this.text = answer.text;
    this.retryAfter = answer.retryAfter;
    this.requestId = answer.requestId;
  }
}

/** No answer, or only a part of it. Whether the vendor has carried out the request is not known. */
export class VendorUnreachable extends Error {
  override readonly name = 'VendorUnreachable';
  readonly hasTimedOut: boolean;
  /** The answer is longer than `mostMebibytes`. */
  readonly isTooLarge: boolean;

  constructor(message: string, { hasTimedOut = false, isTooLarge = false } = {}) {
    super(message);
    this.hasTimedOut = hasTimedOut;
    this.isTooLarge = isTooLarge;
  }
}
