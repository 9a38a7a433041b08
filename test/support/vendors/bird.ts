import { randomUUID } from 'node:crypto';
import { audioAnswer, type FakeAudio } from './audio.js';
import { BIRD } from './bird.spec.js';
import { FakeVendor } from './fake-vendor.js';
import type { Answer } from './misbehaviour.js';
import type { CheckedRequest } from './vendor-spec.js';

interface SentCommand {
  readonly command: string;
  readonly options?: Record<string, unknown>;
  readonly conditions?: readonly unknown[];
}

interface BirdCommand {
  readonly id: string;
  readonly callId: string;
  readonly callFlowId: string | null;
  readonly command: string;
  readonly status: string;
  readonly conditions?: readonly unknown[];
}

export interface BirdFlow {
  readonly id: string;
  readonly sent: readonly SentCommand[];
  readonly commands: readonly BirdCommand[];
}

export interface BirdCall {
  readonly id: string;
  readonly workspaceId: string;
  readonly channelId: string;
  from: string;
  to: string;
  direction: string;
  status: string;
  type: string;
  duration: number;
  createdAt: string;
  updatedAt: string;
  endedAt?: string;
  hangupSource?: string;
  tags?: string[];
  /** In the order in which they arrived; the last one runs. */
  flows: BirdFlow[];
}

export interface BirdRecording extends FakeAudio {
  readonly callId?: string;
  /** What the list shows of it. */
  readonly shown?: Record<string, unknown>;
}

export interface BirdOptions {
  readonly key?: string;
}

export const openBird = (options?: BirdOptions): Promise<FakeBird> => new FakeBird(options).listen();

const ENDED = ['completed', 'no-answer', 'busy', 'failed', 'cancelled'];

export class FakeBird extends FakeVendor {
  readonly calls = new Map<string, BirdCall>();
  /** By the recording's id; the list has those of a call. */
  readonly recordings = new Map<string, BirdRecording>();
  key: string;

  constructor({ key = 'bird-key' }: BirdOptions = {}) {
    super(BIRD);
    this.key = key;
  }

  add(call: Pick<BirdCall, 'workspaceId' | 'channelId'> & Partial<BirdCall>): BirdCall {
    const now = new Date().toISOString();
    const added = {
      ...{ id: randomUUID(), from: '+351910648518', to: '+3197058016589', direction: 'incoming' },
      ...{ status: 'ongoing', type: 'pstn', duration: 0, createdAt: now, updatedAt: now, flows: [] },
      ...call,
    };
    this.calls.set(added.id, added);
    return added;
  }

  protected override headers(): Record<string, string> {
    return { 'messagebird-request-id': randomUUID() };
  }

  /** A call is hung up by the same request that replaces its flow. */
  protected override kind({ operation, body }: CheckedRequest): string {
    return body.status === 'completed' ? 'hangUp' : operation.name;
  }

  protected isKnown(credential: string): boolean {
    return credential === this.key;
  }

  /** What Bird's errors look like is not documented, but that they are JSON. */
  protected unauthorized(): Answer {
    return { status: 401, body: {} };
  }

  protected unknown(): Answer {
    return { status: 404, body: {} };
  }

  protected invalid(): Answer {
    return { status: 422, body: {} };
  }

  protected callKey({ parameters, query }: CheckedRequest): string | null {
    const key = parameters.callId ?? query.sourceId;
    return key === undefined ? null : String(key);
  }

  protected apply({ operation, parameters, query, body, range }: CheckedRequest): Answer {
    const { workspaceId, channelId, callId } = parameters;
    if (operation.name === 'audio') {
      const audio = this.recordings.get(String(parameters.recordingId));
      return audio === undefined ? this.unknown() : audioAnswer(audio, range);
    }
    if (operation.name === 'recordings') return { status: 200, body: this.#recordingsOf(query) };
    if (callId === undefined) {
      const calls = [...this.calls.values()].filter(
        (call) => call.workspaceId === workspaceId && call.channelId === (channelId ?? call.channelId),
      );
      return { status: 200, body: page(calls, query) };
    }
    const call = this.calls.get(String(callId));
    if (call === undefined || call.workspaceId !== workspaceId || call.channelId !== channelId) {
      return this.unknown();
    }
    if (operation.name === 'get') return { status: 200, body: read(call) };
    if (ENDED.includes(call.status)) return this.invalid();
    if (operation.name === 'hangUp') {
      hangUp(call);
      return { status: 202, body: command(call.id, null, { command: 'hangup' }) };
    }
    if (body.callFlow !== undefined) startFlow(call, body.callFlow as SentCommand[]);
    if (body.status === 'completed') hangUp(call);
    return { status: 202, body: read(call) };
  }

  #recordingsOf({ sourceId, limit = 25 }: Record<string, unknown>) {
    const found = [...this.recordings].filter(([, { callId }]) => callId === sourceId);
    const results = found.map(([id, { callId, shown }]) => ({
      ...{ id, source: 'call', sourceId: callId, status: 'available', direction: 'incoming', origin: 'api' },
      ...{ duration: 30, stereo: false, format: 'mp3', transcription: false, url: `${this.url}/expired` },
      ...{ createdAt: '2026-11-28T10:01:00.5Z', updatedAt: '2026-11-28T10:01:01Z', ...shown },
    }));
    return { results: results.slice(0, Number(limit)) };
  }
}

function startFlow(call: BirdCall, sent: readonly SentCommand[]): void {
  const id = randomUUID();
  call.flows.push({ id, sent, commands: sent.map((each) => command(call.id, id, each)) });
  call.updatedAt = new Date().toISOString();
}

function hangUp(call: BirdCall): void {
  const now = new Date().toISOString();
  Object.assign(call, { status: 'completed', hangupSource: 'api', endedAt: now, updatedAt: now });
}

function command(callId: string, callFlowId: string | null, sent: SentCommand): BirdCommand {
  const { conditions } = sent;
  return { id: randomUUID(), callId, callFlowId, command: sent.command, status: 'accepted', conditions };
}

/** An answer has no workspace. */
function read({ workspaceId, flows, ...call }: BirdCall) {
  const [originator, receiver] = [call.from, call.to].map((number) => ({
    number: { type: call.type, number },
  }));
  const flow = flows.at(-1);
  const callFlow = flow === undefined ? {} : { callFlow: { id: flow.id, commands: flow.commands } };
  return { ...call, originator, receiver, ...callFlow };
}

/** The token says how many calls come before the page. */
function page(calls: readonly BirdCall[], query: Record<string, unknown>) {
  const { limit = 25, pageToken = '0', startAt, endAt, tag, ...equal } = query;
  const tags = (tag as string[] | undefined) ?? [];
  const found = calls
    .filter((call) => startAt === undefined || Date.parse(call.createdAt) >= Date.parse(String(startAt)))
    .filter((call) => endAt === undefined || Date.parse(call.createdAt) <= Date.parse(String(endAt)))
    .filter((call) => tags.every((each) => call.tags?.includes(each)))
    .filter((call) => Object.entries(equal).every(([name, value]) => Object(call)[name] === value));
  const end = Number(pageToken) + Number(limit);
  const results = found.slice(Number(pageToken), end).map(read);
  return { results, ...(end < found.length ? { nextPageToken: String(end) } : {}) };
}
