import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { acceptedTypes } from '../graphql-server/pipeline/media-types.js';
import { encodingFor, varyBy } from './compression.js';
import { isKnown } from './entity-tag.js';
import { HttpRefusal } from './http-refusal.js';

/** Made by `packages/explorer/build.mjs`, of packages that only the build needs. */
const BUILT = fileURLToPath(new URL('../../dist/explorer', import.meta.url));

const PAGE = 'index.html';
const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
};

/** Answers what a browser's address bar sends. */
export type ShowExplorer = (request: FastifyRequest, reply: FastifyReply) => Promise<Buffer>;

/** GraphiQL, served whole: the page, and its scripts and styles below it. */
export function explorer(app: FastifyInstance, isOn: boolean, log: Logger): ShowExplorer {
  if (!isOn) return without('The explorer is off here (EXPLORER): send GraphQL as JSON, by POST');
  if (!existsSync(join(BUILT, PAGE))) {
    log.warn('the explorer is not built: npm run build');
    return without('The explorer is not built (npm run build): send GraphQL as JSON, by POST');
  }
  const names = new Set(readdirSync(BUILT));
  names.delete(PAGE);
  app.get('/', (_request, reply) => reply.redirect('graphql', 302));
  app.get<{ Params: { name: string } }>('/graphql/explorer/:name', async (request, reply) => {
    const { name } = request.params;
    if (!names.has(name) || !(extname(name) in TYPES)) {
      throw new HttpRefusal(404, 'NOT_FOUND', 'The explorer has no such file: load its page anew');
    }
    reply.header('cache-control', 'public, max-age=31536000, immutable');
    return answer(name, request, reply);
  });
  return (request, reply) => {
    reply.header('cache-control', 'no-cache');
    varyBy(reply, 'Accept');
    return answer(PAGE, request, reply);
  };
}

const JSON_TYPES = ['application/json', 'application/graphql-response+json'];

export const prefersHtml = ({ method, headers: { accept = '' } }: FastifyRequest): boolean =>
  method !== 'POST' && acceptedTypes(accept, [...JSON_TYPES, 'text/html'])[0] === 'text/html';

const without = (message: string) => async () => {
  throw new HttpRefusal(404, 'NOT_FOUND', message);
};

async function answer(name: string, request: FastifyRequest, reply: FastifyReply): Promise<Buffer> {
  const encoding = encodingFor(request.headers);
  const bytes = await readFile(join(BUILT, encoding === 'identity' ? name : `${name}.${encoding}`));
  const isUnchanged = isKnown(bytes, request, reply);
  varyBy(reply, 'Accept-Encoding');
  reply.headers({
    'content-type': TYPES[extname(name)],
    'content-security-policy': policyFor(request.headers.host),
  });
  if (isUnchanged) return reply.code(304).send();
  if (encoding !== 'identity') reply.header('content-encoding', encoding);
  return bytes;
}

/**
 * GraphiQL's editor makes styles as it goes, and has its fonts and pictures in its own style sheet. Not every browser takes
 * 'self' for WebSockets too.
 */
function policyFor(host = ''): string {
  const sockets = /^[\w.:[\]-]+$/.test(host) ? ` ws://${host} wss://${host}` : '';
  return [
    "default-src 'none'",
    "script-src 'self'",
    "worker-src 'self'",
    `connect-src 'self'${sockets}`,
    "style-src 'self' 'unsafe-inline'",
    "font-src 'self' data:",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
  ].join('; ');
}
