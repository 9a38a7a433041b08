import { randomBytes } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Lifetime } from './lifetime.js';

/** What a gateway needs to send to a vendor on this machine. */
export const VENDOR_ENV = {
  SECRETS_KEYS: `bench:${randomBytes(32).toString('base64')}`,
  VENDORS_ALLOW_PRIVATE: 'true',
};

export interface Vendor {
  url: string;
  close(): Promise<void>;
}

/** A vendor on this machine that does what `answer` does with each request; JSON unless it says otherwise. */
export async function openVendor(
  lifetime: Lifetime,
  answer: (request: { path: string; body: string }, response: ServerResponse) => void,
): Promise<Vendor> {
  const server = createServer(async (request, response) => {
    const body = await text(request);
    response.setHeader('content-type', 'application/json');
    answer({ path: request.url ?? '', body }, response);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const close = async () => {
    server.close();
    server.closeAllConnections();
  };
  lifetime.whenOver(close);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}
