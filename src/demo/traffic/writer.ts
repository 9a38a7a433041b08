import type { FormattedExecutionResult } from 'graphql';
import type { Write, WriteKind, Writer } from './write.js';

/** Executes an operation as this writer. */
export type Ask = (
  writer: Writer,
  query: string,
  variables: Record<string, unknown>,
) => Promise<FormattedExecutionResult>;

interface Payload {
  errors: { code: string; message: string; path: string[] | null }[];
}

interface Mutation {
  query: string;
  /** The argument that takes many of them; others are sent one by one. */
  batch?: string;
  /** What a repeated run is answered with. */
  repeated?: string;
}

const ERRORS = 'errors { code message path }';

const MUTATIONS: Record<WriteKind, Mutation> = {
  upsert: {
    query: `mutation ($inputs: [UpsertCallInput!]!) { payload: upsertCalls(inputs: $inputs) { ${ERRORS} } }`,
    batch: 'inputs',
  },
  merge: {
    query: `mutation ($items: [MergeCallMetadataItem!]!) { payload: mergeCallsMetadata(items: $items) { ${ERRORS} } }`,
    batch: 'items',
  },
  event: {
    query: `mutation ($inputs: [RecordCallEventInput!]!) { payload: recordCallEvents(inputs: $inputs) { ${ERRORS} } }`,
    batch: 'inputs',
  },
  patch: {
    query: `mutation ($items: [PatchVoiceCallItem!]!) { payload: patchVoiceCalls(items: $items) { ${ERRORS} } }`,
    batch: 'items',
  },
  voiceCall: {
    query: `mutation ($call: CallLocator!, $input: CreateVoiceCallInput!) {
      payload: createVoiceCall(call: $call, input: $input) { ${ERRORS} }
    }`,
    repeated: 'ALREADY_EXISTS',
  },
  flow: {
    query: `mutation ($call: CallLocator!, $commands: [CallFlowCommandInput!]!, $idempotencyKey: String!) {
      payload: replaceCallFlow(call: $call, commands: $commands, idempotencyKey: $idempotencyKey) { ${ERRORS} }
    }`,
  },
  hangUp: {
    query: `mutation ($call: CallLocator!) { payload: hangUpCall(call: $call) { ${ERRORS} } }`,
    repeated: 'CALL_ENDED',
  },
};

/** A run that is stopped waits for one of them. */
const MOST_IN_BATCH = 100;
const AT_ONCE = 8;

/** Writes through the public API, many of a kind with one request. */
export class TrafficWriter {
  readonly #ask: Ask;
  written = 0;
  /** What the API refused: nothing, unless there is a mistake. */
  refused = 0;
  firstRefusal: string | null = null;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  /** Writes that do not depend on each other, in any order. @returns those that were sent: after the signal, no more are */
  async wave(writes: readonly Write[], signal?: AbortSignal): Promise<Write[]> {
    const groups = new Map<string, Write[]>();
    for (const write of writes) {
      const name = `${write.kind} ${write.by}`;
      const group = groups.get(name);
      if (group === undefined) groups.set(name, [write]);
      else group.push(write);
    }
    const sent = await Promise.all([...groups.values()].map((group) => this.#group(group, signal)));
    return sent.flat();
  }

  async #group(group: readonly Write[], signal: AbortSignal | undefined): Promise<Write[]> {
    const sent: Write[] = [];
    const [first] = group;
    if (first === undefined) return sent;
    const { kind, by } = first;
    const { batch, query } = MUTATIONS[kind];
    for (const some of inChunks(group, batch === undefined ? AT_ONCE : MOST_IN_BATCH)) {
      if (signal?.aborted) break;
      sent.push(...some);
      const inputs = some.map(({ input }) => input);
      if (batch !== undefined) this.#count(kind, await this.#send(by, query, { [batch]: inputs }));
      else {
        const payloads = await Promise.all(inputs.map((input) => this.#send(by, query, { ...input })));
        this.#count(kind, payloads.flat());
      }
    }
    return sent;
  }

  async #send(by: Writer, query: string, variables: Record<string, unknown>): Promise<Payload[]> {
    const { data, errors } = await this.#ask(by, query, JSON.parse(JSON.stringify(variables)));
    const [error] = errors ?? [];
    if (error !== undefined) throw new Error(`simulated calls were not written: ${error.message}`);
    return [(data as { payload: Payload | Payload[] }).payload].flat();
  }

  #count(kind: WriteKind, payloads: readonly Payload[]): void {
    this.written += payloads.length;
    for (const { code, message, path } of payloads.flatMap(({ errors }) => errors)) {
      if (code === MUTATIONS[kind].repeated) continue;
      this.refused += 1;
      this.firstRefusal ??= `${kind}: ${message} (${path?.join('.')})`;
    }
  }
}

function* inChunks<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}
