import type { IncomingMessage } from 'node:http';

const addresses = new WeakMap<IncomingMessage, string>();

/** IP address of the client, as trusted proxies say it, else of the connection. */
export const clientAddress = (request: IncomingMessage): string | undefined =>
  addresses.get(request) ?? request.socket.remoteAddress;

export const setClientAddress = (request: IncomingMessage, address: string): void =>
  void addresses.set(request, address);
