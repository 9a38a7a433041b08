import { Agent, type Dispatcher, request } from 'undici';
import type { ConnectedAccount } from '../vendor.js';
import { headersOf } from './answer-headers.js';
import { type AnswerHolder, AnswerMemory } from './answer-memory.js';
import { openAddress, openAudio } from './audio-stream.js';
import { checkBaseUrl } from './base-url.js';
import { Deadline } from './deadline.js';
import { excerpt, parsed } from './excerpt.js';
import { publicLookup, type Resolve } from './public-lookup.js';
import { retryAfter } from './retry-after.js';
import { unreachable } from './unreachable.js';
import {
  type AudioClient,
  type VendorAnswer,
  type VendorClient,
  VendorRefusal,
  type VendorRequest,
  VendorUnreachable,
} from './vendor-client.js';

const MEBIBYTE = 1_048_576;
/** An answer of up to so many bytes is not counted. */
const SMALL = 65_536;
const MOST_BYTES = 64 * MEBIBYTE;
const REQUEST_IDS = ['messagebird-request-id', 'x-request-id', 'request-id', 'x-correlation-id'];

export interface VendorClientsOptions {
  /** Allows http, and addresses that are not public. */
  allowPrivate: boolean;
  /** Base URLs of addresses to which requests go nevertheless, because this process serves them. */
  isOwn?: ((baseUrl: string) => boolean) | undefined;
  /** Milliseconds for a request, with its connection and its answer. */
  timeout?: number;
  /** For the large answers of all requests together. */
  mostBytes?: number;
  resolve?: Resolve;
}

/** The connections to all vendors. It keeps no cookies and follows no redirects. */
export class VendorClients {
  #allowPrivate: boolean;
  #isOwn: (baseUrl: string) => boolean;
  #timeout: number;
  #agent: Agent;
  readonly #memory: AnswerMemory;

  constructor({
    allowPrivate,
    isOwn = () => false,
    timeout = 10_000,
    mostBytes = MOST_BYTES,
    resolve,
  }: VendorClientsOptions) {
    this.#memory = new AnswerMemory(mostBytes);
    this.#allowPrivate = allowPrivate;
    this.#isOwn = isOwn;
    this.#timeout = timeout;
    this.#agent = new Agent({
      connect: { timeout, ...(allowPrivate ? {} : { lookup: publicLookup(resolve) }) },
      headersTimeout: timeout,
      bodyTimeout: timeout,
    });
  }

  /** Bytes of large answers that are in use. */
  get held(): number {
    return this.#memory.held;
  }

  /** Its requests end when the signal aborts. Until then its answers are in use. */
  clientOf(account: ConnectedAccount, signal: AbortSignal): VendorClient {
    const holder = this.#memory.holder();
    if (signal.aborted) holder.release();
    else signal.addEventListener('abort', () => holder.release(), { once: true });
    return { send: (asked) => this.#send(account, asked, signal, holder) };
  }

  /** The same for audio. `range` is a Range header. */
  audioClientOf(account: ConnectedAccount, signal: AbortSignal, range: string | null): AudioClient {
    const streaming = { dispatcher: this.#agent, allowPrivate: this.#allowPrivate, signal, range };
    return {
      ...this.clientOf(account, signal),
      stream: async ({ path, headers = {} }) =>
        openAudio(this.#urlOf(account, { method: 'GET', path }), headers, streaming),
      streamAddress: (address) => openAddress(address, streaming),
    };
  }

  /** Ends the requests that are under way. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #send(
    account: ConnectedAccount,
    asked: VendorRequest,
    signal: AbortSignal,
    holder: AnswerHolder,
  ): Promise<VendorAnswer> {
    const url = this.#urlOf(account, asked);
    const secrets = [...Object.values(account.secrets), ...credentials(asked)];
    const { answer, text, isWhole, isTooLarge } = await this.#ask(url, asked, signal, holder);
    const headers = headersOf(answer);
    const status = answer.statusCode;
    const requestId = requestIdOf(headers, secrets);
    if (status >= 300) {
      const shown =
        status < 400 ? 'a redirect, which is not followed' : excerpt(text, secrets, bodyOf(asked));
      throw new VendorRefusal({
        status,
        text: shown,
        retryAfter: retryAfter(headers['retry-after']),
        requestId,
      });
    }
    if (!isWhole) {
      const { mostMebibytes = 1 } = asked;
      const what = isTooLarge ? `longer than ${mostMebibytes} MiB` : 'incomplete';
      throw new VendorUnreachable(`The vendor's answer is ${what}.`, { isTooLarge });
    }
    return { status, headers, body: parsed(text), requestId };
  }

  #urlOf(account: ConnectedAccount, asked: VendorRequest): URL {
    return urlOf(account, asked, this.#allowPrivate || this.#isOwn(account.baseUrl));
  }

  async #ask(url: URL, asked: VendorRequest, signal: AbortSignal, holder: AnswerHolder) {
    const deadline = new Deadline(this.#timeout);
    try {
      const answer = await request(url, {
        method: asked.method,
        dispatcher: this.#agent,
        signal: AbortSignal.any([signal, deadline.signal]),
        ...contentOf(asked),
      });
      const most = (asked.mostMebibytes ?? 1) * MEBIBYTE;
      const length = Math.min(Number(answer.headers['content-length'] ?? most), most);
      const hold = (bytes: number) => deadline.rest(() => holder.hold(bytes, signal));
      const read = await readAnswer(answer.body, { most, length, hold });
      if (read.held > 0) holder.shrink(read.held - read.bytes);
      return { answer, ...read };
    } catch (error) {
      throw unreachable(error);
    } finally {
      deadline.end();
    }
  }
}

function urlOf(
  { baseUrl }: ConnectedAccount,
  { path, query = {} }: VendorRequest,
  allowPrivate: boolean,
): URL {
  const objection = checkBaseUrl(baseUrl, allowPrivate);
  if (objection !== null) throw new VendorUnreachable(objection);
  const base = new URL(baseUrl);
  const pathname = `${base.pathname.replace(/\/$/, '')}${path}`;
  const url = new URL(`${base.origin}${pathname}`);
  if (url.pathname !== pathname) {
    // A name such as "..": the request would go elsewhere, and does so each time.
    const text = 'the request was not sent, because a name in its path would change the path';
    throw new VendorRefusal({ status: 400, text, retryAfter: null, requestId: null });
  }
  url.search = new URLSearchParams(query).toString();
  return url;
}

function contentOf({ headers, json, form }: VendorRequest) {
  const type = json !== undefined ? 'application/json' : form && 'application/x-www-form-urlencoded';
  return {
    headers: {
      accept: 'application/json',
      'user-agent': 'switchboard',
      ...(type === undefined ? {} : { 'content-type': type }),
      ...headers,
    },
    body: json !== undefined ? JSON.stringify(json) : form && new URLSearchParams(form).toString(),
  };
}

const bodyOf = ({ json, form }: VendorRequest) => json ?? form;

/** What follows the scheme, among it tokens that are not the account's own secrets. */
const credentials = ({ headers = {} }: VendorRequest) =>
  Object.entries(headers)
    .filter(([name]) => name.toLowerCase() === 'authorization')
    .map(([, value]) => value.replace(/^\S+ /, ''));

/** An answer that breaks off has a status nevertheless. */
async function readAnswer(
  body: Dispatcher.ResponseData['body'],
  { most, length, hold }: { most: number; length: number; hold: (bytes: number) => Promise<void> },
) {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let held = 0;
  let isWhole = true;
  let isTooLarge = false;
  try {
    for await (const chunk of body) {
      bytes += chunk.length;
      if (bytes > most) {
        isTooLarge = true;
        break;
      }
      chunks.push(chunk);
      if (bytes <= SMALL || held > 0) continue;
      // All of it at once: answers that each have a part would wait for each other.
      await hold(length);
      held = length;
    }
  } catch {
    isWhole = false;
  }
  const text = Buffer.concat(chunks).toString('utf8');
  return { text, bytes: Math.min(bytes, most), held, isWhole: isWhole && !isTooLarge, isTooLarge };
}

function requestIdOf(headers: Readonly<Record<string, string>>, secrets: readonly string[]): string | null {
  const id = REQUEST_IDS.map((name) => headers[name]).find((value) => value !== undefined && value !== '');
  return id === undefined ? null : excerpt(id, secrets, undefined);
}
