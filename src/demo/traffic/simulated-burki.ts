import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { HttpRefusal } from '../../http/http-refusal.js';
import { ASSISTANTS, CLIENTS, clientOf } from './company.js';
import { Random } from './random.js';
import { LONGEST_RECORDING, lengthOfRecording, recordingId } from './recorded.js';
import { simulatedAudio } from './simulated-audio.js';
import { BURKI_KEY, BURKI_PATH } from './vendor-accounts.js';

const HOUR = 3_600_000;
/** Calls that Burki has before they are imported: one in each hour. */
const OLD_CALLS = 240;
interface Named {
  Params: { id: string; recording: string };
  Querystring: { date_from?: string; date_to?: string; skip?: string; limit?: string };
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
      scope.get<Named>('/', async ({ query }) => listed(query));
      scope.get<Named>('/:id/recordings', async ({ params: { id } }) => {
        const duration = durationOf(id);
        const times = { created_at: new Date(Number(id) * HOUR + duration * 1_000).toISOString() };
        return [
          {
            id: Number(recordingId(id, duration)),
            call_id: Number(id),
            duration,
            format: 'wav',
            status: 'completed',
            ...times,
          },
        ];
      });
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

const durationOf = (id: string): number => 20 + (Number(id) % 160);

function listed({ date_from, date_to, skip = '0', limit = '100' }: Named['Querystring']) {
  const newest = Math.floor(Date.now() / HOUR);
  const from = date_from === undefined ? 0 : Date.parse(date_from);
  const to = date_to === undefined ? Date.now() : Date.parse(date_to);
  const ids = Array.from({ length: OLD_CALLS }, (_, index) => newest - index);
  const found = ids.filter((id) => id * HOUR >= from && id * HOUR <= to);
  const items = found.slice(Number(skip), Number(skip) + Number(limit)).map(oldCall);
  return { items, total: found.length, skip: Number(skip), limit: Number(limit) };
}

function oldCall(id: number) {
  const random = new Random('old call', id);
  const client = clientOf(random.integer(0, CLIENTS - 1));
  const assistant = random.pick(ASSISTANTS);
  const duration = durationOf(String(id));
  return {
    ...{ id, call_sid: `CA${random.hex(32)}`, assistant_id: Number(assistant.assistantId) },
    ...{ assistant_name: assistant.name, to_phone_number: client.line.number },
    ...{ customer_phone_number: client.number, status: 'completed', duration },
    started_at: new Date(id * HOUR).toISOString(),
    ended_at: new Date(id * HOUR + duration * 1_000).toISOString(),
    ...{ total_cost: Number((duration * 0.0025).toFixed(4)), cost_currency: 'USD' },
    call_meta: { customer: { name: client.name }, imported: true },
  };
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
