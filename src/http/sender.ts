import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { clientAddress } from '../foundation/client-address.js';
import { HEADER } from '../graphql/consistency.js';
import { hashToken, tokenOf } from '../identity/token.js';

class SentToken {
  readonly text: string;
  #hash: string | undefined;

  constructor(text: string) {
    this.text = text;
  }

  get hash(): string {
    this.#hash ??= hashToken(this.text);
    return this.#hash;
  }
}

export class Sender {
  readonly token: SentToken | null;
  readonly address: string;
  #consistency: string | null;

  constructor(authorization: string | undefined, address = 'unknown', consistency: string | null = null) {
    this.#consistency = consistency;
    const token = tokenOf(authorization);
    this.token = token === null ? null : new SentToken(token);
    this.address = address;
  }

  /** What was sent as the tokens of consistency, once: it counts for all that comes after it. */
  takeConsistency(): string | null {
    const taken = this.#consistency;
    this.#consistency = null;
    return taken;
  }
}

const headerOf = ({ [HEADER]: given }: IncomingHttpHeaders): string | null => (given ? String(given) : null);

const senders = new WeakMap<IncomingMessage, Sender>();

export function senderOf(request: IncomingMessage): Sender {
  let sender = senders.get(request);
  if (sender === undefined) {
    const { headers } = request;
    sender = new Sender(headers.authorization, clientAddress(request), headerOf(headers));
    senders.set(request, sender);
  }
  return sender;
}
