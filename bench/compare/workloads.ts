import * as Document from './documents.js';
import type { Pools } from './pools.js';
import type { Random } from './random.js';

/** One kind of request. */
export interface Kind {
  /** Also the limit's route. */
  name: string;
  query: string;
  writes: boolean;
  /** `mark` is a text that no other request has, lest a write of another contender's values change nothing. */
  variables(pools: Pools, random: Random, mark: string): Record<string, unknown>;
}

export interface Workload {
  name: string;
  /** The kind of the next request. */
  next(random: Random): Kind;
  kinds: readonly Kind[];
}

const callById: Kind = {
  name: 'call-by-id',
  query: Document.CALL_BY_ID,
  writes: false,
  variables: ({ calls }, random) => ({ id: random.pick(calls) }),
};

/** From 20 to 80, 50 on average. Two equal requests of a moment would share one answer, so hardly two are equal. */
const pageSize = (random: Random) => 20 + random.whole(61);

export const nestedList: Kind = {
  name: 'nested-list',
  query: Document.NESTED_LIST,
  writes: false,
  variables: ({ places }, random) => ({ first: pageSize(random), after: random.pick(places) }),
};

const metadataFilter: Kind = {
  name: 'metadata-filter',
  query: Document.METADATA_FILTER,
  writes: false,
  variables({ queues }, random) {
    const { contains, places } = random.pick(queues);
    return { first: pageSize(random), after: random.pick(places), contains };
  },
};

const merge: Kind = {
  name: 'merge',
  query: Document.MERGE,
  writes: true,
  variables: ({ calls }, random, mark) => ({
    call: { id: random.pick(calls) },
    metadata: { outcome: 'appointment_scheduled', follow_up: { by: 'agent', at: mark }, segment: null },
  }),
};

const updateVoiceCall: Kind = {
  name: 'update-voice-call',
  query: Document.UPDATE_VOICE_CALL,
  writes: true,
  variables({ voiceCalls }, random, mark) {
    const { id, input } = random.pick(voiceCalls);
    const duration = 10 + random.whole(3000);
    const price = `${(duration / 100).toFixed(2)}`;
    return { voiceCall: { id }, input: { ...input, duration, price, callSummary: `Called back: ${mark}` } };
  },
};

const COMMANDS = [
  { ringing: {} },
  { answer: {} },
  { say: { text: 'Please hold the line, we are looking for somebody.', locale: 'en-GB', voice: 'male' } },
  { gather: { input: 'dtmf', maxNumKeys: 1, endKey: '#', timeout: 5 } },
  { hangup: {} },
];

const replaceCallFlow: Kind = {
  name: 'replace-call-flow',
  query: Document.REPLACE_CALL_FLOW,
  writes: true,
  variables: ({ live }, random) => ({ call: { id: random.pick(live) }, commands: COMMANDS }),
};

/** In order: it happened just now. Half of them name the session, half the call. */
const recordCallEvent: Kind = {
  name: 'record-call-event',
  query: Document.RECORD_CALL_EVENT,
  writes: true,
  variables({ calls, sessions }, random, mark) {
    const target =
      random.whole(2) === 0 ? { sessionId: random.pick(sessions) } : { call: { id: random.pick(calls) } };
    const metadata = { sentiment: 'neutral', silence_seconds: random.whole(60), screen: mark };
    return { input: { target, eventTime: new Date().toISOString(), metadata } };
  },
};

export const KINDS = [
  callById,
  nestedList,
  metadataFilter,
  merge,
  updateVoiceCall,
  replaceCallFlow,
  recordCallEvent,
];

const WRITES = KINDS.filter(({ writes }) => writes);

/** 90 % reads, of nine six by id, one nested and two filtered lists; 10 % writes, each kind as often as the others. */
const MIX = [
  ...Array.from({ length: 6 }, () => callById),
  nestedList,
  metadataFilter,
  metadataFilter,
  null,
] as const;

const mix: Workload = {
  name: 'mix',
  kinds: KINDS,
  next: (random) => random.pick(MIX) ?? random.pick(WRITES),
};

export const WORKLOADS: readonly Workload[] = [
  ...KINDS.map((kind) => ({ name: kind.name, kinds: [kind], next: () => kind })),
  mix,
];
