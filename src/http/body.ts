import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { eventLoop } from '../db/event-loop.js';
import type { Askers } from './askers.js';
import { HttpRefusal } from './http-refusal.js';

/** Bytes of a body whose parsing takes long enough to keep others waiting. */
const LONG = 16_384;

/**
 * Parses JSON as Fastify does by default, a long text when it is its sender's turn. Bytes that are no text are refused: as
 * U+FFFD, which stands for all of them, two different values would become one.
 */
export function parseBodies(app: FastifyInstance, askers: Askers): void {
  // Keys such as __proto__ are metadata like any others; nothing of ours copies members by assignment.
  const parse = app.getDefaultJsonParser('ignore', 'ignore');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const { headers, socket } = request.raw;
    const refused = mediaRefusal(headers) ?? (isUtf8(body) ? null : NOT_UTF8());
    if (refused !== null) return done(refused);
    const paused =
      body.length < LONG
        ? undefined
        : eventLoop.pause(askers.arrivalOf(headers.authorization, socket.remoteAddress).key);
    if (paused === undefined) parse(request, body.toString(), done);
    else void paused.then(() => parse(request, body.toString(), done));
  });
}

const NOT_UTF8 = () => new HttpRefusal(400, 'BAD_REQUEST', 'The body is not UTF-8');

/** RFC 9110 on what a server does not read: 415. */
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
