import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { acceptedTypes } from '../graphql-server/pipeline/media-types.js';
import { type ShowPage, serveBuiltPage } from './built-page.js';
import { varyBy } from './compression.js';
import { HttpRefusal } from './http-refusal.js';

/**
 * GraphiQL, made by `packages/explorer/build.mjs`: what answers a browser's address bar at `/graphql`. Its editor runs in
 * workers, and has its fonts in its own style sheet.
 */
export function explorer(app: FastifyInstance, isOn: boolean, log: Logger): ShowPage {
  if (!isOn) return without('The explorer is off here (EXPLORER): send GraphQL as JSON, by POST');
  const show = serveBuiltPage(app, {
    name: 'explorer',
    files: '/graphql/explorer',
    policy: ["worker-src 'self'", "font-src 'self' data:"],
  });
  if (show === null) {
    log.warn('the explorer is not built: npm run build');
    return without('The explorer is not built (npm run build): send GraphQL as JSON, by POST');
  }
  return (request, reply) => {
    varyBy(reply, 'Accept');
    return show(request, reply);
  };
}

const JSON_TYPES = ['application/json', 'application/graphql-response+json'];

export const prefersHtml = ({ method, headers: { accept = '' } }: FastifyRequest): boolean =>
  method !== 'POST' && acceptedTypes(accept, [...JSON_TYPES, 'text/html'])[0] === 'text/html';

const without = (message: string) => async () => {
  throw new HttpRefusal(404, 'NOT_FOUND', message);
};
