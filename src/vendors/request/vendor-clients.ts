import { Agent, type Dispatcher, request } from 'undici';
import type { ConnectedAccount } from '../vendor.js';
import { headersOf } from './answer-headers.js';
import { openAddress, openAudio } from './audio-stream.js';
import { checkBaseUrl } from './base-url.js';
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
const REQUEST_IDS = ['messagebird-request-id', 'x-request-id', 'request-id', 'x-correlation-id'];

export interface VendorClientsOptions {
  /** Allows http, and addresses that are not public. */
  allowPrivate: boolean;
  /** Milliseconds for a request, with its connection and its answer. */
  timeout?: number;
  resolve?: Resolve;
}

/** The connections to all vendors. It keeps no cookies and follows no redirects. */
export class VendorClients {
  #allowPrivate: boolean;
  #timeout: number;
  #agent: Agent;

  constructor({ allowPrivate, timeout = 10_000, resolve }: VendorClientsOptions) {
    this.#allowPrivate = allowPrivate;
    this.#timeout = timeout;
    this.#agent = new Agent({
      connect: { timeout, ...(allowPrivate ? {} : { lookup: publicLookup(resolve) }) },
      headersTimeout: timeout,
      bodyTimeout: timeout,
    });
  }

  /** Its requests end when the signal does. */
  clientOf(account: ConnectedAccount, signal: AbortSignal): VendorClient {
    return { send: (asked) => this.#send(account, asked, signal) };
  }

  /** The same for audio. `range` is a Range header. */
  audioClientOf(account: ConnectedAccount, signal: AbortSignal, range: string | null): AudioClient {
    const streaming = { dispatcher: this.#agent, allowPrivate: this.#allowPrivate, signal, range };
    return {
      ...this.clientOf(account, signal),
      stream: async ({ path, headers = {} }) =>
        openAudio(urlOf(account, { method: 'GET', path }, this.#allowPrivate), headers, streaming),
      streamAddress: (address) => openAddress(address, streaming),
    };
  }

  /** Ends the requests that are under way. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #send(account: ConnectedAccount, asked: VendorRequest, signal: AbortSignal): Promise<VendorAnswer> {
    const url = urlOf(account, asked, this.#allowPrivate);
    const secrets = [...Object.values(account.secrets), ...credentials(asked)];
    const { answer, text, isWhole, isTooLarge } = await this.#ask(url, asked, signal);
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

  async #ask(url: URL, asked: VendorRequest, signal: AbortSignal) {
    try {
      const answer = await request(url, {
        method: asked.method,
        dispatcher: this.#agent,
        signal: AbortSignal.any([signal, AbortSignal.timeout(this.#timeout)]),
        ...contentOf(asked),
      });
      return { answer, ...(await read(answer.body, (asked.mostMebibytes ?? 1) * MEBIBYTE)) };
    } catch (error) {
      throw unreachable(error);
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
async function read(
  body: Dispatcher.ResponseData['body'],
  most: number,
): Promise<{ text: string; isWhole: boolean; isTooLarge: boolean }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
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
    }
  } catch {
    isWhole = false;
  }
  return { text: Buffer.concat(chunks).toString('utf8'), isWhole: isWhole && !isTooLarge, isTooLarge };
}

function requestIdOf(headers: Readonly<Record<string, string>>, secrets: readonly string[]): string | null {
  const id = REQUEST_IDS.map((name) => headers[name]).find((value) => value !== undefined && value !== '');
  return id === undefined ? null : excerpt(id, secrets, undefined);
}
