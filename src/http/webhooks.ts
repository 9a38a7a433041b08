import type { FastifyInstance, FastifyReply } from 'fastify';
import { isDatabaseAway } from '../foundation/unavailable.js';
import type { PlacedAccount, ReceiptShards } from '../vendors/inbound/receipt-shards.service.js';
import { HttpRefusal } from './http-refusal.js';

declare module 'fastify' {
  interface FastifyRequest {
    webhookAccount: PlacedAccount | null;
  }
}

const MOST_BYTES = 1_048_576;
/** Seconds. */
const AGAIN_LATER = 30;

/** What signatures need. Others may hold secrets, and are not stored. */
const KEPT_HEADERS = [
  'messagebird-request-timestamp',
  'messagebird-signature',
  'webhook-id',
  'webhook-signature',
  'webhook-timestamp',
];

/** `POST /hooks/{system}/{token}`: the bytes are stored, then answered with 200; what they say is for later. */
export function webhookEndpoint(app: FastifyInstance, receipts: ReceiptShards): void {
  app.register(async (scope) => {
    scope.decorateRequest('webhookAccount', null);
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    scope.post<{ Params: { system: string; token: string } }>('/hooks/:system/:token', {
      bodyLimit: MOST_BYTES,
      // Before the body is read.
      async onRequest(request, reply) {
        const { system, token } = request.params;
        request.webhookAccount = await orUnavailable(reply, () => receipts.accountOf(system, token));
        if (request.webhookAccount === null) {
          throw new HttpRefusal(404, 'NOT_FOUND', 'No vendor account has this webhook URL');
        }
        // Whatever it is, and however malformed.
        delete request.raw.headers['content-type'];
        request.requestRecord.organization = request.webhookAccount.organizationId;
      },
      async handler({ webhookAccount, body, headers, raw }, reply) {
        if (webhookAccount === null) throw new Error('a webhook is handled without its account');
        const kept = KEPT_HEADERS.flatMap((name) => {
          const value = headers[name];
          return typeof value === 'string' ? [[name, value] as const] : [];
        });
        const message = {
          body: Buffer.isBuffer(body) ? body : Buffer.alloc(0),
          headers: Object.fromEntries(kept),
          query: queryOf(raw.url ?? ''),
        };
        const receipt = await orUnavailable(reply, () => receipts.store(webhookAccount, message));
        if (receipt === 'FULL') throw unavailable(reply, 'Too many webhooks of this account wait');
        return reply.code(200).send();
      },
    });
  });
}

const queryOf = (url: string) => (url.includes('?') ? url.slice(url.indexOf('?')) : '');

async function orUnavailable<T>(reply: FastifyReply, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!isDatabaseAway(error)) throw error;
    throw unavailable(reply, 'The database is not available');
  }
}

function unavailable(reply: FastifyReply, message: string): HttpRefusal {
  reply.header('retry-after', String(AGAIN_LATER));
  return new HttpRefusal(503, 'SERVICE_UNAVAILABLE', message);
}
