import { type Dispatcher, request } from 'undici';
import { headersOf } from './answer-headers.js';
import { checkAddress } from './base-url.js';
import { retryAfter } from './retry-after.js';
import { unreachable } from './unreachable.js';
import { type AudioAnswer, VendorRefusal, VendorUnreachable } from './vendor-client.js';

export interface Streaming {
  readonly dispatcher: Dispatcher;
  readonly allowPrivate: boolean;
  /** Ends the answer too. */
  readonly signal: AbortSignal;
  readonly range: string | null;
}

const REDIRECTS = [301, 302, 303, 307, 308];
const UNSATISFIABLE = 416;

/** A redirect leads to where the audio is stored; the vendor's credentials are not for there. */
export async function openAudio(
  url: URL,
  headers: Readonly<Record<string, string>>,
  streaming: Streaming,
): Promise<AudioAnswer> {
  const answer = await ask(url, headers, streaming);
  const { location } = answer.headers;
  if (!REDIRECTS.includes(answer.status) || location === undefined) return accepted(answer);
  discard(answer);
  return openAddress(URL.canParse(location, url.href) ? new URL(location, url).href : location, streaming);
}

export async function openAddress(address: string, streaming: Streaming): Promise<AudioAnswer> {
  const objection = checkAddress(address, streaming.allowPrivate);
  if (objection !== null) throw new VendorUnreachable(objection);
  return accepted(await ask(new URL(address), {}, streaming));
}

/** Without a time-out for the whole: audio is heard as it comes. The agent's holds for its beginning, and for each pause. */
async function ask(
  url: URL,
  headers: Readonly<Record<string, string>>,
  { dispatcher, signal, range }: Streaming,
): Promise<AudioAnswer> {
  try {
    const answer = await request(url, {
      method: 'GET',
      dispatcher,
      signal,
      headers: {
        accept: '*/*',
        'accept-encoding': 'identity',
        'user-agent': 'switchboard',
        ...(range === null ? {} : { range }),
        ...headers,
      },
    });
    // Without a listener, an answer that breaks off before it is read would end the process.
    answer.body.on('error', () => {});
    return { status: answer.statusCode, headers: headersOf(answer), body: answer.body };
  } catch (error) {
    throw unreachable(error);
  }
}

function accepted(answer: AudioAnswer): AudioAnswer {
  const { status, headers } = answer;
  if (status < 300 || status === UNSATISFIABLE) return answer;
  discard(answer);
  const wait = retryAfter(headers['retry-after']);
  throw new VendorRefusal({ status, text: '', retryAfter: wait, requestId: null });
}

const discard = ({ body }: AudioAnswer) => void body.destroy();
