import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { eventLoop } from '../foundation/event-loop.js';
import { HttpRefusal } from './http-refusal.js';
import type { KnownClients } from './known-clients.js';
import { senderOf } from './sender.js';

const LONG = 16_384;

/** Refuses invalid UTF-8: decoded to U+FFFD, different values would become equal. */
export function parseBodies(
  app: FastifyInstance,
  clients: KnownClients,
  { takesEmpty = false }: { takesEmpty?: boolean } = {},
): void {
  const parse = app.getDefaultJsonParser('ignore', 'ignore');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const refused = mediaRefusal(request.raw.headers) ?? (isUtf8(body) ? null : NOT_UTF8());
    if (refused !== null) return done(refused);
    if (takesEmpty && body.length === 0) return done(null, undefined);
    const paused =
      body.length < LONG ? undefined : eventLoop.pause(clients.clientOf(senderOf(request.raw)).key);
    if (paused === undefined) parse(request, body.toString(), done);
    else void paused.then(() => parse(request, body.toString(), done));
  });
}

const NOT_UTF8 = () => new HttpRefusal(400, 'BAD_REQUEST', 'The body is not UTF-8');

function mediaRefusal({
  'content-type': type = '',
  'content-encoding': encoding = 'identity',
}: IncomingHttpHeaders): HttpRefusal | null {
  const [, charset = 'utf-8'] = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(type) ?? [];
  if (!/^utf-?8$/i.test(charset)) {
    return new HttpRefusal(415, 'BAD_REQUEST', 'The charset of the Content-Type must be utf-8');
  }
  if (encoding.toLowerCase() === 'identity') return null;
  return new HttpRefusal(415, 'BAD_REQUEST', 'The body must come without a Content-Encoding');
}
