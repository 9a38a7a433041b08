import { randomUUID } from 'node:crypto';
import { audioAnswer, type FakeAudio } from './audio.js';
import { FakeVendor } from './fake-vendor.js';
import type { Answer } from './misbehaviour.js';
import type { SeenRequest } from './observations.js';
import { VCITA } from './vcita.spec.js';
import type { CheckedRequest, Problem } from './vendor-spec.js';

type Fields = Record<string, unknown>;

export interface VcitaVoiceCall {
  readonly uid: string;
  readonly createdAt: string;
  updatedAt: string;
  /** All that was written, also what cannot be read back. */
  written: Fields;
}

export interface VcitaOptions {
  readonly token?: string;
  /** The token is a directory's: each request names this business in X-On-Behalf-Of. */
  readonly business?: string | null;
}

export const openVcita = (options?: VcitaOptions): Promise<FakeVcita> => new FakeVcita(options).listen();

export class FakeVcita extends FakeVendor {
  /** Whether vcita takes a source_id twice is unknown; here it does, so that a test sees what was created twice. */
  readonly voiceCalls = new Map<string, VcitaVoiceCall>();
  /** By the recording's uid. */
  readonly recordings = new Map<string, FakeAudio & { voiceCall: string; shown?: Fields }>();
  /** By the voice call's uid. */
  readonly transcripts = new Map<string, Fields>();
  /** How many of the next pre-signed addresses have expired when they are given. */
  expired = 0;
  readonly #signatures = new Set<string>();
  token: string;
  business: string | null;

  constructor({ token = 'vcita-token', business = null }: VcitaOptions = {}) {
    super(VCITA);
    this.token = token;
    this.business = business;
  }

  add(written: Fields, uid: string = randomUUID()): VcitaVoiceCall {
    const now = new Date().toISOString();
    const voiceCall = { uid, createdAt: now, updatedAt: now, written };
    this.voiceCalls.set(uid, voiceCall);
    return voiceCall;
  }

  protected isKnown(credential: string, { headers }: SeenRequest): boolean {
    return credential === this.token && (headers['x-on-behalf-of'] ?? null) === this.business;
  }

  protected unauthorized(): Answer {
    return refused(401, [{ code: 'unauthorized', message: 'Unauthorized' }]);
  }

  protected unknown(): Answer {
    return refused(404, [{ code: 'not_found', message: 'Not found' }]);
  }

  protected invalid(problems: readonly Problem[]): Answer {
    const errors = problems.map(({ at, message }) => ({ code: 'invalid', message, field: at.at(-1) }));
    return refused(422, errors);
  }

  protected callKey({ parameters, query, body }: CheckedRequest): string | null {
    const { uid } = parameters;
    const key =
      uid === undefined
        ? (body.source_id ?? query['filter[source_id][eq]'])
        : (this.voiceCalls.get(String(uid))?.written.source_id ?? uid);
    return key === undefined ? null : String(key);
  }

  protected apply({ operation, parameters, query, body, range }: CheckedRequest): Answer {
    if (operation.name === 'create') return accepted(read(this.add(body)));
    if (operation.name === 'list') return accepted({ voice_calls: this.#list(query) });
    if (operation.name === 'file') return this.#file(parameters.recording, query.signature, range);
    const voiceCall = this.voiceCalls.get(String(parameters.uid));
    if (voiceCall === undefined) return this.unknown();
    if (operation.name === 'update') {
      voiceCall.written = { ...voiceCall.written, ...body };
      voiceCall.updatedAt = new Date().toISOString();
    }
    if (operation.name === 'transcript') {
      const transcript = this.transcripts.get(voiceCall.uid);
      return transcript === undefined ? this.unknown() : accepted(transcript);
    }
    return accepted(this.#shown(voiceCall, this.#sign()));
  }

  #sign(): string {
    const signature = randomUUID();
    if (this.expired > 0) this.expired -= 1;
    else this.#signatures.add(signature);
    return signature;
  }

  #shown(voiceCall: VcitaVoiceCall, signature: string): Fields {
    const { uid } = voiceCall;
    const transcript = this.transcripts.get(uid);
    const status = transcript === undefined ? {} : { transcript_status: transcript.status };
    const [recording, { shown = {} } = {}] =
      [...this.recordings].find((each) => each[1].voiceCall === uid) ?? [];
    if (recording === undefined) return { ...read(voiceCall), ...status };
    const recordingUrl = `${this.url}/files/${recording}?signature=${signature}`;
    const details = { uid: recording, recordingUrl, size: 1_048_576, recording_played: false };
    return { ...read(voiceCall), ...status, recording: { ...details, recording_type: 'CALL', ...shown } };
  }

  /** As a store of files answers: it knows no tokens, only signatures. */
  #file(recording: unknown, signature: unknown, range: string | undefined): Answer {
    if (!this.#signatures.has(String(signature))) return { status: 403, body: 'Request has expired' };
    const audio = this.recordings.get(String(recording));
    return audio === undefined ? { status: 404 } : audioAnswer(audio, range);
  }

  #list(query: Fields): Fields[] {
    const { page = 1, per_page = 25, sort = 'updated_at:desc', ...filters } = query;
    // The addresses of a list have expired when they are read.
    const shown = [...this.voiceCalls.values()].map((each) => this.#shown(each, 'listed'));
    const found = shown.filter((voiceCall) =>
      Object.entries(filters).every(([name, value]) => {
        const [, field = '', comparison = 'eq'] = /^filter\[(\w+)\](?:\[(\w+)\])?$/.exec(name) ?? [];
        return COMPARISONS[comparison]?.(compare(voiceCall[field], value));
      }),
    );
    const orders = String(sort)
      .split(',')
      .map((each) => each.split(':'));
    const sorted = found.toSorted((a, b) =>
      orders.reduce(
        (order, [field = '', way]) => order || compare(a[field], b[field]) * (way === 'desc' ? -1 : 1),
        0,
      ),
    );
    return sorted.slice((Number(page) - 1) * Number(per_page), Number(page) * Number(per_page));
  }
}

const accepted = (data: Fields): Answer => ({ status: 200, body: { success: true, data } });
const refused = (status: number, errors: Fields[]): Answer => ({ status, body: { success: false, errors } });

/** The record as an answer has it: rate, price, provider, recording_id and business_uid are never read back. */
function read({ uid, createdAt, updatedAt, written }: VcitaVoiceCall): Fields {
  const { rate, price, provider, recording_id, business_uid, ...readable } = written;
  return { uid, created_at: createdAt, updated_at: updatedAt, ...readable, deleted_at: null };
}

const compare = (a: unknown, b: unknown): number => {
  const [left, right] = [String(a ?? ''), String(b ?? '')];
  return left < right ? -1 : Number(left > right);
};

const COMPARISONS: Record<string, (order: number) => boolean> = {
  eq: (order) => order === 0,
  gt: (order) => order > 0,
  gte: (order) => order >= 0,
  lt: (order) => order < 0,
  lte: (order) => order <= 0,
};
