import fc from 'fast-check';
import { call as callFields, GROUPS, jsonObject, STAFF, SYSTEMS } from '../calls/call-arbitraries.js';
import { joinCalls, recordCallEvent } from '../events/events.js';
import { VOICE_CALL } from '../intake/voice-calls.js';
import {
  createVoiceCall,
  hangUpCall,
  mergeCallMetadata,
  patchVoiceCall,
  replaceCallFlow,
  upsertCall,
} from '../support/documents.js';
import type { Client, Variables } from '../support/gateway.js';

/** A write that may move calls into and out of lists. `call` and `other` choose calls. */
export type Write =
  | { kind: 'new'; input: Variables; systems: string[] }
  | { kind: 'upsert'; call: number; input: Variables; systems: string[] }
  | { kind: 'merge'; call: number; metadata: object }
  | { kind: 'event'; call: number; metadata: object; ago: number }
  | { kind: 'group event'; group: { kind: string; key: string }; metadata: object; ago: number }
  | {
      kind: 'voice call';
      call: number;
      status: string;
      duration: number | null;
      staffUid: string;
      callSummary: string | null;
    }
  | { kind: 'flow' | 'hang-up'; call: number }
  | { kind: 'join'; call: number; other: number };

const own = (number: number) => ({ system: 'OTHER', name: 'own', value: `${number}` });
const NAMES: Record<string, string> = {
  BURKI: 'id',
  CREOVAI: 'sessionId',
  VCITA: 'uid',
  BIRD: 'id',
  OTHER: 'n',
};
const references = (systems: string[], number: number) =>
  systems.map((system) => ({ system, name: NAMES[system], value: `${number}` }));

const call = fc.nat(2);
const systems = fc.subarray(SYSTEMS);
const patch = fc
  .tuple(jsonObject, fc.subarray(['a', 'b', 'c']))
  .map(([object, cleared]) => ({ ...object, ...Object.fromEntries(cleared.map((key) => [key, null])) }));
const cleared = fc
  .subarray([
    'from',
    'to',
    'customerNumber',
    'assistant',
    'channelId',
    'tags',
    'ringingAt',
    'startedAt',
    'endedAt',
    'duration',
  ])
  .map((fields) => Object.fromEntries(fields.map((field) => [field, null])));
const ago = fc.constantFrom(0, 1, 60_000);

export const firstCalls = fc.array(fc.record({ input: callFields, systems }), { minLength: 3, maxLength: 3 });

const anyWrite: fc.Arbitrary<Write> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('new' as const), input: callFields, systems }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('upsert' as const),
      call,
      input: fc.oneof(
        callFields,
        fc.tuple(callFields, cleared).map(([some, none]) => ({ ...some, ...none })),
      ),
      systems,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('merge' as const), call, metadata: patch }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('event' as const), call, metadata: patch, ago }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('group event' as const),
      group: fc.constantFrom(...GROUPS),
      metadata: patch,
      ago,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('voice call' as const),
      call,
      status: fc.constantFrom('INCOMING_CALL', 'MISSED', 'VOICEMAIL', 'ANSWERED_BY_STAFF'),
      duration: fc.constantFrom(null, 0, 1, 60),
      staffUid: fc.constantFrom(...STAFF),
      callSummary: fc.constantFrom(null, 'Asked for the invoice'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('flow' as const, 'hang-up' as const), call }) },
);

/** A join comes last, if any: afterwards the lists do not show what the records were. */
export const writes = fc
  .tuple(
    fc.array(anyWrite, { minLength: 4, maxLength: 9 }),
    fc.option(
      fc
        .constantFrom<[number, number]>([0, 1], [0, 2], [1, 0], [1, 2], [2, 0], [2, 1])
        .map(([into, other]) => ({ kind: 'join' as const, call: into, other })),
      { freq: 2 },
    ),
  )
  .map(([before, join]): Write[] => (join === null ? before : [...before, join]));

/** Performs a write, or has it refused; `number` is different each time. */
export async function perform(client: Client, ids: string[], write: Write, number: number): Promise<void> {
  const at = (index: number) => ({ id: ids[index] ?? '' });
  const input = (ago: number, metadata: object) => ({
    metadata,
    eventTime: new Date(Date.now() - ago).toISOString(),
  });
  switch (write.kind) {
    case 'new':
      await upsertCall(client, {
        references: [own(number), ...references(write.systems, number)],
        ...write.input,
      });
      return;
    case 'upsert':
      await upsertCall(client, {
        references: [own(write.call), ...references(write.systems, write.call)],
        ...write.input,
      });
      return;
    case 'merge':
      await mergeCallMetadata(client, { call: at(write.call), metadata: write.metadata });
      return;
    case 'event':
      await recordCallEvent(client, {
        target: { call: at(write.call) },
        ...input(write.ago, write.metadata),
      });
      return;
    case 'group event':
      await recordCallEvent(client, { target: { group: write.group }, ...input(write.ago, write.metadata) });
      return;
    case 'voice call': {
      const { status, duration, staffUid, callSummary } = write;
      const voiceCall = {
        ...VOICE_CALL,
        sourceId: `s${write.call}`,
        externalUuid: `e${write.call}`,
        status,
        duration,
        staffUid,
        callSummary,
      };
      const { errors } = await createVoiceCall(client, { call: at(write.call), input: voiceCall });
      if (errors.length > 0) {
        await patchVoiceCall(client, {
          voiceCall: { call: at(write.call) },
          input: { status, duration, staffUid, callSummary },
        });
      }
      return;
    }
    case 'flow':
      await replaceCallFlow(client, { call: at(write.call), commands: [{ ringing: {} }] });
      return;
    case 'hang-up':
      await hangUpCall(client, at(write.call));
      return;
    case 'join':
      await joinCalls(client, at(write.call), at(write.other));
  }
}

export async function makeFirstCalls(
  client: Client,
  inputs: readonly { input: Variables; systems: string[] }[],
): Promise<string[]> {
  const ids: string[] = [];
  for (const [number, { input, systems: named }] of inputs.entries()) {
    const { call: made } = await upsertCall(client, {
      references: [own(number), ...references(named, number)],
      ...input,
    });
    ids.push(made.id);
  }
  return ids;
}
