import type { IncomingHttpHeaders } from 'node:http';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply } from 'fastify';
import Negotiator from 'negotiator';

/** Bytes. What fits into one packet is not worth the work. */
const LEAST = 1_024;

/** The lowest: the others save little more, and take up to nine times the time. `bench/README.md` has the figures. */
const LEVELS = { br: 1, gzip: 1 };

const toGzip = promisify(gzip);
const toBrotli = promisify(brotliCompress);

const COMPRESS: Record<string, (text: Buffer) => Promise<Buffer>> = {
  br: (text) =>
    toBrotli(text, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: LEVELS.br,
        [constants.BROTLI_PARAM_SIZE_HINT]: text.length,
        [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      },
    }),
  gzip: (text) => toGzip(text, { level: LEVELS.gzip }),
};
const ENCODINGS = ['br', 'gzip', 'identity'] as const;

/**
 * Whatever route answers, in other threads than the one that executes. Live streams and audio are no texts, and pass by. A
 * page of another origin cannot have a signed-in request sent, for there are no cookies: so the length of an answer tells
 * it nothing.
 */
export function compressAnswers(app: FastifyInstance): void {
  app.addHook('onSend', (request, reply, payload, done) => {
    if (typeof payload !== 'string' || payload.length <= LEAST) return done(null, payload);
    varyBy(reply, 'Accept-Encoding');
    const encoding = encodingFor(request.headers);
    const compress = COMPRESS[encoding];
    if (compress === undefined || reply.getHeader('content-encoding') !== undefined)
      return done(null, payload);
    compress(Buffer.from(payload)).then(
      (compressed) => {
        reply.header('content-encoding', encoding).removeHeader('content-length');
        done(null, compressed);
      },
      () => done(null, payload),
    );
  });
}

export type Encoding = (typeof ENCODINGS)[number];

export function encodingFor({ 'accept-encoding': accepted = '' }: IncomingHttpHeaders): Encoding {
  if (typeof accepted !== 'string' || accepted === '') return 'identity';
  const [best] = new Negotiator({ headers: { 'accept-encoding': accepted } }).encodings([...ENCODINGS], {
    preferred: [...ENCODINGS],
  });
  return ENCODINGS.find((encoding) => encoding === best) ?? 'identity';
}

export function varyBy(reply: FastifyReply, header: string): void {
  const present = reply.getHeader('vary');
  reply.header('vary', present === undefined ? header : `${present}, ${header}`);
}
