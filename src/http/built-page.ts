import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Encoding, encodingFor, varyBy } from './compression.js';
import { isKnown } from './entity-tag.js';
import { HttpRefusal } from './http-refusal.js';

const PAGE = 'index.html';
const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
};

export type ShowPage = (request: FastifyRequest, reply: FastifyReply) => Promise<Buffer>;

export interface BuiltPage {
  /** Of the folder in `dist`, where the build puts the page, compressed in advance. */
  name: string;
  /** Path under which its scripts and styles are served; their names carry a hash. */
  files: string;
  /** Path below which a proxy serves the gateway, as in PUBLIC_URL. */
  path?: string;
  /** Directives of its policy beside those that all pages have. */
  policy?: readonly string[];
  /** Other origins that it may ask. */
  asks?: readonly string[];
}

/** @returns what answers with the page; null if it is not built */
export function serveBuiltPage(
  app: FastifyInstance,
  { name, files, path = '', policy = [], asks = [] }: BuiltPage,
): ShowPage | null {
  const folder = fileURLToPath(new URL(`../../dist/${name}`, import.meta.url));
  if (!existsSync(join(folder, PAGE))) return null;
  const names = new Set(readdirSync(folder));
  names.delete(PAGE);
  const page = pageBelow(readFileSync(join(folder, PAGE), 'utf8'), path);
  const bytesOf = async (file: string, encoding: Encoding) =>
    file === PAGE
      ? page[encoding]
      : readFile(join(folder, encoding === 'identity' ? file : `${file}.${encoding}`));
  const answer = answerFrom(bytesOf, policy, asks);
  app.get<{ Params: { name: string } }>(`${files}/:name`, async (request, reply) => {
    const { name: file } = request.params;
    if (!names.has(file) || !(extname(file) in TYPES)) {
      throw new HttpRefusal(404, 'NOT_FOUND', `The ${name} has no such file: load its page anew`);
    }
    reply.header('cache-control', 'public, max-age=31536000, immutable');
    return answer(file, request, reply);
  });
  return (request, reply) => {
    reply.header('cache-control', 'no-cache');
    return answer(PAGE, request, reply);
  };
}

type BytesOf = (file: string, encoding: Encoding) => Promise<Buffer>;

/** The page's own addresses begin with `./`, because it is served at more than one path. */
function pageBelow(html: string, path: string): Record<Encoding, Buffer> {
  const escaped = path.replaceAll('&', '&amp;');
  const identity = Buffer.from(
    html
      .replaceAll('"./', `"${escaped}/`)
      .replace('name="base-path" content=""', `name="base-path" content="${escaped}"`),
  );
  return { identity, gzip: gzipSync(identity), br: brotliCompressSync(identity) };
}

const answerFrom =
  (bytesOf: BytesOf, policy: readonly string[], asks: readonly string[]) =>
  async (name: string, request: FastifyRequest, reply: FastifyReply): Promise<Buffer> => {
    const encoding = encodingFor(request.headers);
    const bytes = await bytesOf(name, encoding);
    const isUnchanged = isKnown(bytes, request, reply);
    varyBy(reply, 'Accept-Encoding');
    reply.headers({
      'content-type': TYPES[extname(name)],
      'content-security-policy': policyFor(request.headers.host, policy, asks),
    });
    if (isUnchanged) return reply.code(304).send();
    if (encoding !== 'identity') reply.header('content-encoding', encoding);
    return bytes;
  };

/** Not every browser takes 'self' for WebSockets too. The pages' libraries make styles as they go. */
function policyFor(host = '', more: readonly string[], asks: readonly string[]): string {
  const sockets = /^[\w.:[\]-]+$/.test(host) ? [`ws://${host}`, `wss://${host}`] : [];
  return [
    "default-src 'none'",
    "script-src 'self'",
    ["connect-src 'self'", ...sockets, ...asks].join(' '),
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
    ...more,
  ].join('; ');
}
