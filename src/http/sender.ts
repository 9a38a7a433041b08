import type { IncomingMessage } from 'node:http';
import { clientAddress } from '../foundation/client-address.js';
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

  constructor(authorization: string | undefined, address = 'unknown') {
    const token = tokenOf(authorization);
    this.token = token === null ? null : new SentToken(token);
    this.address = address;
  }
}

const senders = new WeakMap<IncomingMessage, Sender>();

export function senderOf(request: IncomingMessage): Sender {
  let sender = senders.get(request);
  if (sender === undefined) {
    sender = new Sender(request.headers.authorization, clientAddress(request));
    senders.set(request, sender);
  }
  return sender;
}
