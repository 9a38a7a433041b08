import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { HttpRefusal } from '../../http/http-refusal.js';
import { type CallsQuery, idOfSid, listedCalls, oldCall, recordingsOf } from './burki-calls.js';
import { LONGEST_RECORDING, lengthOfRecording } from './recorded.js';
import { simulatedAudio } from './simulated-audio.js';
import { BURKI_KEY, BURKI_PATH } from './vendor-accounts.js';

interface Named {
  Params: { id: string; recording: string };
  Querystring: CallsQuery;
  Body: { metadata: Record<string, unknown> } | undefined;
}

/** As much of Burki's API as a gateway uses, without a state: what it answers follows from the call's id. */
export function simulatedBurki(app: FastifyInstance): void {
  app.register(
    async (scope) => {
      scope.addHook('onRequest', async ({ headers }) => {
        if (headers.authorization === `Bearer ${BURKI_KEY}`) return;
        throw new HttpRefusal(401, 'UNAUTHENTICATED', 'Authentication required.');
      });
      scope.get<Named>('/', async ({ query }) => listedCalls(query));
      scope.get<Named>('/:id', async ({ params: { id } }) => oldCall(Number(id)));
      scope.get<Named>('/sid/:id', async ({ params: { id } }) => oldCall(idOfSid(id)));
      scope.get<Named>('/:id/recordings', async ({ params: { id } }) => recordingsOf(Number(id)));
      scope.get('/:id/transcripts', async () => []);
      scope.patch<Named>('/:id/metadata', async ({ params: { id }, body }, reply) => {
        const problem = problemOf(id);
        if (problem !== null) return reply.code(problem.status).send({ detail: problem.detail });
        return {
          id: Number(id),
          call_meta: { ...body?.metadata, ...(id.endsWith('8') && { outcome: 'changed' }) },
        };
      });
      scope.post('/:id/terminate', async () => ({ success: true, message: 'Call terminated' }));
      scope.get<Named>('/:id/recording/:recording/play', async ({ params, headers }, reply) =>
        play(params.recording, headers.range, reply),
      );
    },
    { prefix: `${BURKI_PATH}/api/v1/calls` },
  );
}

/** Some calls are refused for good, and some requests for now, so that deliveries of all states can be seen. */
function problemOf(id: string): { status: number; detail: string } | null {
  if (id.endsWith('77')) return { status: 422, detail: 'metadata: this call is locked' };
  return Math.random() < 0.06 ? { status: 503, detail: 'Service temporarily unavailable' } : null;
}

function play(recording: string, range: string | undefined, reply: FastifyReply): FastifyReply {
  const seconds = lengthOfRecording(recording);
  if (!(seconds >= 0 && seconds <= LONGEST_RECORDING))
    throw new HttpRefusal(404, 'NOT_FOUND', 'Recording not found');
  const audio = simulatedAudio(recording, seconds);
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(range ?? '') ?? [];
  const isPart = first !== '' || last !== '';
  const from = first === '' && last !== '' ? Math.max(0, audio.bytes - Number(last)) : Number(first);
  const to = first === '' || last === '' ? audio.bytes : Math.min(audio.bytes, Number(last) + 1);
  if (from >= to) {
    reply.header('content-range', `bytes */${audio.bytes}`);
    throw new HttpRefusal(416, 'RANGE_NOT_SATISFIABLE', 'The recording has no bytes in this range');
  }
  reply.headers({
    ...{ 'content-type': 'audio/wav', 'accept-ranges': 'bytes', 'content-length': to - from },
    ...(isPart && { 'content-range': `bytes ${from}-${to - 1}/${audio.bytes}` }),
  });
  return reply.code(isPart ? 206 : 200).send(Readable.from(audio.read(from, to)));
}
