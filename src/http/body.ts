import type { FastifyInstance } from 'fastify';
import { eventLoop } from '../db/event-loop.js';
import type { Askers } from './askers.js';

/** Characters of a body whose parsing takes long enough to keep others waiting. */
const LONG = 16_384;

/** Parses JSON as Fastify does by default; a long text when it is the turn of who has sent it. */
export function parseBodies(app: FastifyInstance, askers: Askers): void {
  // Keys such as __proto__ are metadata like any others; nothing of ours copies members by assignment.
  const parse = app.getDefaultJsonParser('ignore', 'ignore');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, text, done) => {
    const { headers, socket } = request.raw;
    const paused =
      text.length < LONG
        ? undefined
        : eventLoop.pause(askers.arrivalOf(headers.authorization, socket.remoteAddress).key);
    if (paused === undefined) parse(request, text, done);
    else void paused.then(() => parse(request, text, done));
  });
}
