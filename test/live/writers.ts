import { setTimeout as sleep } from 'node:timers/promises';
import { VOICE_CALL_WHOLE } from '../intake/voice-calls.js';
import type { Variables } from '../support/gateway.js';
import type { Random } from './random.js';

/**
 * A request that makes a known number of changes even if it is sent repeatedly, so that it can be repeated when no
 * answer came.
 */
export interface Write {
  query: string;
  variables: Variables;
  changes: number;
  /** Writes that name the same thing do not run concurrently, because a repeated one would undo the other. */
  alone?: string;
}

export interface Written {
  id: string;
  voiceCall?: string;
}

const ERRORS = 'errors { code message path }';
const MERGES = `mutation ($items: [MergeCallMetadataItem!]!) { payload: mergeCallsMetadata(items: $items) { ${ERRORS} } }`;
const UPSERTS = `mutation ($inputs: [UpsertCallInput!]!) { payload: upsertCalls(inputs: $inputs) { ${ERRORS} } }`;
const MERGE = `mutation ($call: CallLocator!, $metadata: JSONObject!) {
  payload: mergeCallMetadata(call: $call, metadata: $metadata) { ${ERRORS} } }`;
const UPDATE = `mutation ($id: ID!, $input: UpdateVoiceCallInput!) {
  payload: updateVoiceCall(voiceCall: { id: $id }, input: $input) { ${ERRORS} } }`;
const FLOW = `mutation ($call: CallLocator!, $key: String!) {
  payload: replaceCallFlow(call: $call, commands: [{ ringing: {} }, { say: { text: "one moment" } }], idempotencyKey: $key) { ${ERRORS} } }`;

const KINDS = {
  merges: [60, 50],
  upserts: [25, 40],
  updates: [500, 1],
  flows: [300, 1],
  singles: [199, 1],
} as const;

/** The changes of all writes of `planWrites`; `lastWrite` must be the last. */
export const CHANGES = Object.values(KINDS).reduce((sum, [count, changes]) => sum + count * changes, 1);

export function planWrites(
  random: Random,
  calls: readonly Written[],
  ownReference: (call: Written) => object,
): Write[] {
  const [voiced, others] = [calls.filter((each) => each.voiceCall), calls.filter((each) => !each.voiceCall)];
  const several = (count: number) => random.shuffled(calls).slice(0, count);
  const kinds: Record<keyof typeof KINDS, (number: number) => Omit<Write, 'changes'>> = {
    merges: (number) => ({
      query: MERGES,
      variables: {
        items: several(50).map(({ id }) => ({ call: { id }, metadata: { [`m${number}`]: number } })),
      },
    }),
    upserts: (number) => ({
      query: UPSERTS,
      variables: {
        inputs: several(40).map((call, index) => ({
          references: [
            index % 2 === 0
              ? { system: 'OTHER', name: 'new', value: `${number} ${index}` }
              : ownReference(call),
          ],
          metadata: { [`u${number}`]: index },
        })),
      },
    }),
    updates: (number) => {
      const { voiceCall = '' } = random.of(voiced);
      const input = {
        ...VOICE_CALL_WHOLE,
        sourceId: voiceCall,
        externalUuid: voiceCall,
        callSummary: `${number}`,
      };
      return { query: UPDATE, variables: { id: voiceCall, input }, alone: voiceCall };
    },
    flows: (number) => ({ query: FLOW, variables: { call: { id: random.of(others).id }, key: `${number}` } }),
    singles: (number) => mergeOf(random.of(calls).id, { [`s${number}`]: number }),
  };
  const writes = Object.entries(KINDS).flatMap(([kind, [count, changes]]) =>
    Array.from({ length: count }, (_, number) => ({ ...kinds[kind as keyof typeof KINDS](number), changes })),
  );
  return random.shuffled(writes);
}

const mergeOf = (id: string, metadata: object) => ({ query: MERGE, variables: { call: { id }, metadata } });

/** The last change in the log when everything else is written. */
export const lastWrite = ({ id }: Written): Write => ({ ...mergeOf(id, { last: true }), changes: 1 });

interface Writing {
  /** Where to send the next request; undefined while there is no gateway. */
  url(): string | undefined;
  token: string;
  turn(): Promise<void>;
  onAcknowledged(changes: number): void;
}

/** Sends all writes through several writers at once, and repeats each until it is acknowledged. */
export async function writeAll(writes: readonly Write[], writers: number, writing: Writing): Promise<void> {
  const left = [...writes];
  const busy = new Set<string>();
  const next = () => {
    const index = left.findIndex(({ alone }) => alone === undefined || !busy.has(alone));
    return index < 0 ? undefined : left.splice(index, 1)[0];
  };
  const work = async () => {
    while (left.length > 0) {
      await writing.turn();
      const write = next();
      if (write === undefined) {
        await sleep(2);
        continue;
      }
      if (write.alone) busy.add(write.alone);
      while (!(await send(write, writing))) await sleep(5);
      if (write.alone) busy.delete(write.alone);
      writing.onAcknowledged(write.changes);
    }
  };
  await Promise.all(Array.from({ length: writers }, work));
}

/**
 * Whether the write was acknowledged.
 * @throws when it was refused
 */
async function send({ query, variables }: Write, { url, token }: Writing): Promise<boolean> {
  const target = url();
  if (target === undefined) return false;
  let text: string;
  let status: number;
  try {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
    const response = await fetch(target, {
      method: 'POST',
      headers,
      body: JSON.stringify({ query, variables }),
    });
    status = response.status;
    text = await response.text();
  } catch {
    // The gateway stopped, before the write or after it.
    return false;
  }
  if (status === 503) return false;
  const { data } = JSON.parse(text) as { data?: { payload: Payload | Payload[] } | null };
  const payloads = data ? [data.payload].flat() : [];
  if (payloads.length === 0 || payloads.some(({ errors }) => errors.length > 0)) {
    throw new Error(`${status} ${text.slice(0, 500)}`);
  }
  return true;
}

interface Payload {
  errors: unknown[];
}
