import { audioAnswer, type FakeAudio } from './audio.js';
import { BURKI } from './burki.spec.js';
import { FakeVendor } from './fake-vendor.js';
import type { Answer } from './misbehaviour.js';
import type { CheckedRequest, Problem } from './vendor-spec.js';

type Json = Record<string, unknown>;

export interface BurkiCall {
  id: number;
  call_sid: string;
  assistant_id: number;
  assistant_name: string | null;
  to_phone_number: string;
  customer_phone_number: string;
  status: string;
  duration: number | null;
  /** Burki's times have no offset, whatever its specification says; they are of UTC. */
  started_at: string | null;
  ended_at: string | null;
  call_meta: Json | null;
}

export interface BurkiRecording extends FakeAudio {
  readonly callId: number;
  /** What the list shows of it. */
  readonly shown?: Json;
}

export interface BurkiLine {
  content: string;
  speaker: string | null;
  segment_start: number | null;
  segment_end?: number | null;
  confidence?: number | null;
  is_final?: boolean;
}

export interface BurkiOptions {
  readonly key?: string;
  /** Which of the two ways Burki merges is not documented. */
  readonly merging?: 'shallow' | 'deep';
}

export const openBurki = (options?: BurkiOptions): Promise<FakeBurki> => new FakeBurki(options).listen();

export class FakeBurki extends FakeVendor {
  readonly calls = new Map<number, BurkiCall>();
  /** By the recording's id. */
  readonly recordings = new Map<number, BurkiRecording>();
  /** By the call's id. */
  readonly transcripts = new Map<number, BurkiLine[]>();
  key: string;
  merging: 'shallow' | 'deep';

  constructor({ key = 'burki-key', merging = 'shallow' }: BurkiOptions = {}) {
    super(BURKI);
    this.key = key;
    this.merging = merging;
  }

  add(call: Partial<BurkiCall> & { id: number }): BurkiCall {
    const added = {
      ...{ call_sid: `CA${call.id}`, assistant_id: 123, assistant_name: 'ServiceBot' },
      ...{ to_phone_number: '+15551234567', customer_phone_number: '+15559876543' },
      ...{ status: 'ongoing', duration: null, started_at: '2024-01-15T10:00:00', ended_at: null },
      ...{ call_meta: null, ...call },
    };
    this.calls.set(added.id, added);
    return added;
  }

  protected isKnown(credential: string): boolean {
    return credential === this.key;
  }

  protected unauthorized(): Answer {
    return {
      status: 401,
      headers: { 'www-authenticate': 'Bearer' },
      body: { detail: 'Authentication required.' },
    };
  }

  protected unknown(): Answer {
    return { status: 404, body: { detail: 'Call not found in your organization' } };
  }

  protected invalid(problems: readonly Problem[]): Answer {
    const detail = problems.map(({ at, message, kind }) =>
      kind === 'required'
        ? { loc: at, msg: 'Field required', type: 'missing' }
        : { loc: at, msg: message, type: `${kind}_error` },
    );
    return { status: 422, body: { detail } };
  }

  protected callKey({ parameters }: CheckedRequest): string | null {
    const { call_id, call_sid } = parameters;
    const key = call_id ?? this.#bySid(call_sid)?.id ?? call_sid;
    return key === undefined ? null : String(key);
  }

  protected apply({ operation, parameters, query, body, range }: CheckedRequest): Answer {
    if (operation.name === 'list') return { status: 200, body: this.#list(query) };
    const call =
      parameters.call_id === undefined
        ? this.#bySid(parameters.call_sid)
        : this.calls.get(Number(parameters.call_id));
    if (call === undefined) return this.unknown();
    if (operation.name === 'play') {
      const audio = this.recordings.get(Number(parameters.recording_id));
      return audio?.callId === call.id ? audioAnswer(audio, range) : this.unknown();
    }
    if (operation.name === 'recordings') return { status: 200, body: this.#recordingsOf(call) };
    if (operation.name === 'transcripts') {
      const lines = (this.transcripts.get(call.id) ?? []).map((line, at) => ({
        ...{ id: at + 1, call_id: call.id, is_final: true, segment_end: null, confidence: null },
        ...{ stt_timestamps: null, created_at: '2024-01-15T10:03:05' },
        ...line,
      }));
      const final = lines.filter((line) => query.include_interim === true || line.is_final);
      return { status: 200, body: final };
    }
    if (operation.name === 'terminate') return terminate(call);
    if (operation.name === 'updateMetadata') {
      const merge = this.merging === 'deep' ? mergeDeeply : mergeShallowly;
      call.call_meta = merge(call.call_meta ?? {}, body.metadata as Json);
    }
    return { status: 200, body: call };
  }

  #recordingsOf(call: BurkiCall): Json[] {
    const own = [...this.recordings].filter(([, { callId }]) => callId === call.id);
    return own.map(([id, { isProcessing = false, shown }]) => ({
      ...{ id, call_id: call.id, recording_sid: `RE${id}`, file_path: null, recording_url: null },
      ...{ duration: null, format: 'mp3', recording_type: 'full', recording_source: 'twilio' },
      ...{ status: isProcessing ? 'recording' : 'completed', created_at: '2024-01-15T10:03:01.5' },
      ...shown,
    }));
  }

  #bySid(sid: unknown): BurkiCall | undefined {
    return [...this.calls.values()].find(({ call_sid }) => call_sid === sid);
  }

  #list(query: Json) {
    const { skip = 0, limit = 100, ...filters } = query as { skip?: number; limit?: number } & Json;
    const found = [...this.calls.values()]
      .filter((call) => Object.entries(filters).every(([name, value]) => FILTERS[name]?.(call, value)))
      .toSorted((a, b) => (b.started_at ?? '').localeCompare(a.started_at ?? ''));
    return { items: found.slice(skip, skip + limit), total: found.length, skip, limit };
  }
}

function terminate(call: BurkiCall): Answer {
  if (call.status !== 'ongoing') {
    const detail = `Cannot terminate call - current status is '${call.status}'`;
    return { status: 400, body: { detail } };
  }
  Object.assign(call, { status: 'completed', ended_at: '2024-01-15T10:03:00.697399' });
  return { status: 200, body: { success: true, message: 'Call terminated successfully' } };
}

/** The top level is assigned; null is a value. */
const mergeShallowly = (stored: Json, patch: Json): Json => ({ ...stored, ...patch });

/** Objects are merged; null removes. */
function mergeDeeply(stored: Json, patch: Json): Json {
  const merged = Object.entries(patch).map(([name, value]): [string, unknown] => {
    const present = Object.hasOwn(stored, name) ? stored[name] : undefined;
    return [name, isObject(value) ? mergeDeeply(isObject(present) ? present : {}, value) : value];
  });
  return Object.fromEntries(
    Object.entries({ ...stored, ...Object.fromEntries(merged) }).filter(([, value]) => value !== null),
  );
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const includes = (text: string | null, part: unknown) =>
  (text ?? '').toLowerCase().includes(String(part).toLowerCase());
const instant = (time: string) => Date.parse(/[Zz]|[+-]\d\d:\d\d$/.test(time) ? time : `${time}Z`);

const FILTERS: Record<string, (call: BurkiCall, value: unknown) => boolean> = {
  status: (call, value) => call.status === value,
  assistant_id: (call, value) => call.assistant_id === value,
  customer_phone: (call, value) => includes(call.customer_phone_number, value),
  call_sid: (call, value) => includes(call.call_sid, value),
  assistant_name: (call, value) => includes(call.assistant_name, value),
  date_from: (call, value) => call.started_at !== null && instant(call.started_at) >= instant(String(value)),
  date_to: (call, value) => call.started_at !== null && instant(call.started_at) <= instant(String(value)),
  min_duration: (call, value) => call.duration !== null && call.duration >= Number(value),
  max_duration: (call, value) => call.duration !== null && call.duration <= Number(value),
};
