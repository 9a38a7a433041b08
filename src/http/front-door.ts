import type { IncomingMessage, Server } from 'node:http';
import { isIP } from 'node:net';
import proxyAddr from '@fastify/proxy-addr';
import type { FastifyInstance } from 'fastify';
import type { Config } from '../config/config.js';
import { setClientAddress } from '../foundation/client-address.js';

export type FrontDoorConfig = Pick<Config, 'publicUrl' | 'trustProxy'>;

/** The path of PUBLIC_URL, without a slash at its end. */
export const pathPrefixOf = ({ publicUrl }: Pick<Config, 'publicUrl'>): string =>
  publicUrl === undefined ? '' : new URL(publicUrl).pathname.replace(/\/+$/, '');

/** Reads and removes what a proxy adds to requests, before anything else looks at them. */
export function openFrontDoor(server: Server, config: FrontDoorConfig): void {
  const prefix = pathPrefixOf(config);
  if (prefix !== '') before(server, (request) => takePrefix(request, prefix));
  const { trustProxy } = config;
  if (trustProxy !== null) {
    before(server, (request) => {
      const address = proxyAddr(request, trustProxy);
      // What is no address came from a client.
      if (isIP(address) !== 0) setClientAddress(request, address);
    });
  }
}

function before(server: Server, look: (request: IncomingMessage) => void): void {
  server.prependListener('request', look);
  server.prependListener('upgrade', look);
}

/** Some proxies have taken it already. */
function takePrefix(request: IncomingMessage, prefix: string): void {
  const { url = '' } = request;
  if (!url.startsWith(prefix)) return;
  const rest = url.slice(prefix.length);
  if (rest === '' || rest.startsWith('?')) request.url = `/${rest}`;
  else if (rest.startsWith('/')) request.url = rest;
}

/** With the prefix `/calls`, `/calls/figures` would have two meanings. To be called before the routes are made. */
export function refuseOwnPrefix(app: FastifyInstance, config: Pick<Config, 'publicUrl'>): void {
  const prefix = pathPrefixOf(config);
  if (prefix === '') return;
  const first = `/${prefix.split('/')[1]}`;
  app.addHook('onRoute', ({ url }) => {
    if (url === first || url.startsWith(`${first}/`)) {
      throw new Error(
        `PUBLIC_URL has a path that begins with ${first}, as a path of the gateway does: take another`,
      );
    }
  });
}
