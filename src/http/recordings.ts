import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError } from 'graphql';
import { SharedMemory } from '../foundation/shared-memory.js';
import { isDatabaseAway } from '../foundation/unavailable.js';
import { endOperation } from '../graphql/context.js';
import { databaseAway } from '../graphql/errors.js';
import { uuidOf } from '../graphql/ids.js';
import { hasScope } from '../identity/scopes.js';
import { type AudioProblem, AudioUnavailable, type OpenedAudio } from '../vendors/audio/audio-answer.js';
import type { RecordingAudio } from '../vendors/audio/recording-audio.service.js';
import { type Admission, overloaded, shedBeforeBody } from './admission.js';
import { HttpRefusal } from './http-refusal.js';
import type { ContextOf } from './request-context.js';
import { senderOf } from './sender.js';

export interface RecordingEndpoint {
  /** By the number of the database. */
  audioOf(place: { shard?: number | undefined }): RecordingAudio;
  /** Null for an unknown organization. */
  shardOf(organization: string): Promise<number | null>;
  contextOf: ContextOf;
  admission: Admission;
}

/** At a time; an organization alone has half of them. Each holds a connection to a vendor. */
const MOST_LISTENERS = 200;
/** Seconds. */
const PROCESSING = 5;
const ONE_RANGE = /^bytes=(?:\d+-\d*|-\d+)$/;

/**
 * Streams audio from the vendor, by a signed URL or with a token. A listener who leaves ends the request to the vendor, and
 * so does the shutdown: a player asks for the rest elsewhere.
 */
export function recordingEndpoint(
  app: FastifyInstance,
  { audioOf, shardOf, contextOf, admission }: RecordingEndpoint,
): void {
  const listeners = new SharedMemory(MOST_LISTENERS);
  const closing = new AbortController();
  app.addHook('preClose', async () => closing.abort());
  app.route<{ Params: { id: string }; Querystring: Record<string, unknown> }>({
    method: ['GET', 'HEAD'],
    url: '/recordings/:id',
    onRequest: shedBeforeBody(admission),
    async handler(request, reply) {
      const recording = uuidOf('call_recording', request.params.id);
      if (recording === null) throw unknown();
      const { organization, audio } = await placeOf(request, recording, {
        audioOf,
        shardOf,
        contextOf,
      }).catch((error) => {
        throw refusalOf(error, reply);
      });
      // Its close has been announced already, and would never give the place back.
      if (reply.raw.destroyed) return reply;
      listeners.hold(organization, 1);
      const gone = new AbortController();
      reply.raw.once('close', () => {
        listeners.hold(organization, -1);
        gone.abort();
      });
      if (!listeners.hasSpace(organization)) throw overloaded(request, reply);
      const { range = '' } = request.headers;
      const opened = await audio
        .open({
          organization,
          recording,
          range: ONE_RANGE.test(range) ? range : null,
          signal: AbortSignal.any([gone.signal, closing.signal]),
        })
        .catch((error) => {
          throw refusalOf(error, reply);
        });
      if (opened === null) throw unknown();
      return answer(request, reply, opened);
    },
  });
}

type Guards = Omit<RecordingEndpoint, 'admission'>;

/** Whose recording may be heard. @throws HttpRefusal */
async function placeOf(
  request: FastifyRequest,
  recording: string,
  { audioOf, shardOf, contextOf }: Guards,
): Promise<{ organization: string; audio: RecordingAudio }> {
  const { expires, signature } = request.query as Record<string, unknown>;
  if (signature !== undefined) {
    const signed = { expires: String(expires), signature: String(signature) };
    const organization = audioOf({}).verify(recording, signed);
    const shard = organization === null ? null : await shardOf(organization);
    if (organization !== null && shard !== null) return { organization, audio: audioOf({ shard }) };
    throw new HttpRefusal(403, 'FORBIDDEN', 'The URL is wrong, or has expired: ask for a new one');
  }
  const context = await contextOf(senderOf(request.raw), request.requestRecord);
  endOperation(context);
  const { viewer } = context;
  if (viewer === null) {
    throw new HttpRefusal(401, 'UNAUTHENTICATED', 'A signed URL or an Authorization header is required');
  }
  viewer.account.release();
  request.requestRecord.organization = viewer.organization.slug;
  request.requestRecord.key = viewer.keyId;
  if (hasScope(viewer, 'CALLS_READ')) {
    return { organization: viewer.organization.id, audio: audioOf(viewer.organization) };
  }
  throw new HttpRefusal(403, 'FORBIDDEN', 'The credential lacks the scope CALLS_READ');
}

const unknown = () =>
  new HttpRefusal(404, 'NOT_FOUND', 'There is no such recording, or no vendor account that can fetch it');

const REFUSALS: Record<AudioProblem, [status: number, code: string, message: string]> = {
  PROCESSING: [202, 'PROCESSING', 'The vendor has not finished the recording: try again'],
  UNSATISFIABLE: [416, 'RANGE_NOT_SATISFIABLE', 'The recording has no bytes in this range'],
  GONE: [404, 'NOT_FOUND', 'The vendor does not have the recording any more'],
  TIMED_OUT: [504, 'VENDOR_UNAVAILABLE', 'The vendor did not answer in time: try again'],
  FAILED: [502, 'VENDOR_UNAVAILABLE', 'The vendor did not give the recording: try again'],
};

function refusalOf(error: unknown, reply: FastifyReply): unknown {
  if (isDatabaseAway(error)) return HttpRefusal.of(databaseAway());
  if (error instanceof GraphQLError) return HttpRefusal.of(error);
  if (!(error instanceof AudioUnavailable)) return error;
  const { problem, retryAfter, range } = error;
  const wait =
    problem === 'PROCESSING' ? PROCESSING : retryAfter === null ? null : Math.ceil(retryAfter / 1_000);
  if (wait !== null) reply.header('retry-after', String(wait));
  if (range !== null) reply.header('content-range', range);
  return new HttpRefusal(...REFUSALS[problem]);
}

function answer({ method }: FastifyRequest, reply: FastifyReply, opened: OpenedAudio): FastifyReply {
  const { status, type, length, range, takesRanges, body } = opened;
  reply.code(status).headers({
    'content-type': type,
    // A page of another origin may play what it has a signed URL for.
    'cross-origin-resource-policy': 'cross-origin',
    ...(length === null ? {} : { 'content-length': length }),
    ...(range === null ? {} : { 'content-range': range }),
    ...(takesRanges ? { 'accept-ranges': 'bytes' } : {}),
  });
  if (method !== 'HEAD') return reply.send(body);
  body.destroy();
  return reply.send();
}
