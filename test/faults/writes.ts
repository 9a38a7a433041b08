import type { Sql } from 'postgres';
import type { Operation, Send } from './requests.js';

/** Calls that many mutations change at once. */
const SHARED_CALLS = 20;

type Kind = 'merge' | 'upsert' | 'flow';

/** A mutation that leaves a unique trace in the database. */
export interface Write extends Operation {
  kind: Kind;
  trace: string;
  /** The call that it changes. */
  call: string;
}

const reference = (value: string) => `{ system: OTHER, name: "case", value: "${value}" }`;
const ERRORS = 'errors { code message }';
/** As many, or it is half a flow. */
const COMMANDS = 3;

/** Each the same for all: what differs is in the variables, so that the gateway reads it once. */
const documents: Record<Kind, string> = {
  merge: `mutation ($call: String!, $metadata: JSONObject!) { payload: mergeCallMetadata(
    call: { reference: { system: OTHER, name: "case", value: $call } }, metadata: $metadata) { ${ERRORS} } }`,
  upsert: `mutation ($call: String!, $metadata: JSONObject!) { payload: upsertCall(input: {
    references: [{ system: OTHER, name: "case", value: $call }, { system: BIRD, name: "id", value: $call }]
    metadata: $metadata }) { ${ERRORS} } }`,
  flow: `mutation ($call: String!, $trace: String!) { payload: replaceCallFlow(
    call: { reference: { system: OTHER, name: "case", value: $call } }, idempotencyKey: $trace
    commands: [{ answer: {} }, { say: { text: $trace, locale: "en-GB" } }, { hangup: {} }]) { ${ERRORS} } }`,
};

const variables: Record<Kind, (trace: string, call: string) => Operation['variables']> = {
  merge: (trace, call) => ({ call, metadata: { [trace]: { by: trace } } }),
  upsert: (trace) => ({ call: trace, metadata: { made: trace } }),
  flow: (trace, call) => ({ call, trace }),
};

/** Mutations of all kinds, each with a unique name. */
export function makeWrites(round: number | string, count: number): Write[] {
  return Array.from({ length: count }, (_, index) => {
    const kind = (['merge', 'upsert', 'merge', 'flow'] as const)[index % 4] as Kind;
    const trace = `t${round}_${index}`;
    const call = kind === 'upsert' ? trace : `shared-${index % SHARED_CALLS}`;
    return { kind, trace, call, query: documents[kind], variables: variables[kind](trace, call) };
  });
}

export async function makeSharedCalls(send: Send): Promise<void> {
  for (let index = 0; index < SHARED_CALLS; index += 1) {
    const query = `mutation { upsertCall(input: { references: [${reference(`shared-${index}`)}] }) { ${ERRORS} } }`;
    const { text } = await send({ query });
    if (text.includes('"code"')) throw new Error(text);
  }
}

/** Whether the gateway has acknowledged the write. */
export const isAcknowledged = (data: { payload?: { errors: unknown[] } | null } | null | undefined) =>
  data?.payload != null && data.payload.errors.length === 0;

export interface Found {
  /** Traces of stored writes. */
  traces: Set<string>;
  /** Writes stored in part, counted twice, or not counted. */
  faults: string[];
}

/** Reads back all writes, and checks that each is complete and counted once. */
export async function findWrites(sql: Sql): Promise<Found> {
  const calls = await sql<CallState[]>`
    select c.id, c.revision, c.flow_revision, c.metadata,
      (select json_agg(r.value order by r.system) from call_references r
        where (r.organization_id, r.call_id) = (c.organization_id, c.id)) as references,
      (select json_agg(json_build_object('kind', h.kind, 'revision', h.revision, 'patch', h.patch) order by h.revision)
        from call_changes h where (h.organization_id, h.call_id) = (c.organization_id, c.id)) as changes,
      (select json_agg(json_build_object('revision', f.revision, 'commands', (
          select json_agg(m.options ->> 'text' order by m.position) from call_flow_commands m
          where (m.organization_id, m.flow_id) = (f.organization_id, f.id))) order by f.revision)
        from call_flows f where (f.organization_id, f.call_id) = (c.organization_id, c.id)) as flows
    from calls c`;
  const keys = await sql<{ key: string }[]>`select key from idempotency_keys`;
  const found: Found = { traces: new Set(keys.map(({ key }) => key)), faults: [] };
  for (const call of calls) inspect(call, found);
  return found;
}

interface CallState {
  id: string;
  revision: number;
  flowRevision: number;
  flow_revision: number;
  metadata: Record<string, unknown>;
  references: string[] | null;
  changes: { kind: string; revision: number | null; patch: Record<string, unknown> | null }[] | null;
  flows: { revision: number; commands: (string | null)[] | null }[] | null;
}

function inspect(call: CallState, { traces, faults }: Found): void {
  const { references, changes, flows } = call;
  const name = references?.[0] ?? call.id;
  const check = (isRight: boolean, fault: string) => void (isRight || faults.push(`${name}: ${fault}`));
  const isShared = name.startsWith('shared-');
  check(references?.length === (isShared ? 1 : 2), `has the references ${references}`);
  check(isShared || call.metadata.made === name, `has the metadata ${JSON.stringify(call.metadata)}`);
  if (!isShared) traces.add(name);
  const revisions = changes?.map(({ revision }) => revision) ?? [];
  const counted = Array.from({ length: call.revision }, (_, index) => index + 1);
  check(JSON.stringify(revisions) === JSON.stringify(counted), `is at ${call.revision} after ${revisions}`);
  const merged = changes?.filter(({ kind }) => kind === 'METADATA_MERGED') ?? [];
  const patched = merged.flatMap(({ patch }) => Object.keys(patch ?? {}));
  for (const trace of patched) traces.add(trace);
  const kept = Object.keys(call.metadata).filter((key) => key !== 'made');
  check(
    kept.toSorted().join() === patched.toSorted().join(),
    `keeps ${kept.length} of ${patched.length} patches`,
  );
  const numbers = (flows ?? []).map(({ revision }) => revision);
  check(numbers.length === call.flow_revision, `has ${numbers.length} flows, and says ${call.flow_revision}`);
  for (const { revision, commands } of flows ?? []) {
    const trace = commands?.[1];
    check(commands?.length === COMMANDS, `has ${commands?.length} commands in flow ${revision}`);
    check(trace != null && traces.has(trace), `has a flow without its key, ${trace}`);
  }
  const replaced = changes?.filter(({ kind }) => kind === 'CALL_FLOW_REPLACED').length ?? 0;
  check(replaced === numbers.length, `has ${numbers.length} flows, and ${replaced} in its history`);
}
