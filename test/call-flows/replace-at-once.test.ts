import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Replaced,
  type Replacement,
  replaceAtOnce,
  replaceUnderLock,
} from '../../src/call-flows/call-flow-replacement.js';
import {
  type ReplaceCallFlowQuery,
  replaceCallFlowQuery,
} from '../../src/call-flows/call-flow-replacement.queries.js';
import type { FlowCommand } from '../../src/call-flows/flow-command.js';
import { newAccount } from '../../src/db/connection/account.js';
import { ALL_COLUMNS } from '../../src/db/tables/call-columns.js';
import { uuidOf } from '../../src/graphql/ids.js';
import type { Viewer } from '../../src/identity/viewer.js';
import { fingerprint } from '../errors/fingerprint.js';
import { joinCalls, other } from '../events/events.js';
import { codesOf, givenCall, hangUpCall, readCall, replaceCallFlow } from '../support/documents.js';
import { type Answer, type Client, openTestGateway, type TestGateway } from '../support/gateway.js';

type Data = Answer['data'];

let gateway: TestGateway;
let client: Client;
let query: ReplaceCallFlowQuery;
let viewer: Viewer;

beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
  query = replaceCallFlowQuery(gateway.database.db);
  viewer = await viewerOf((await givenCall(client)).id);
});
afterAll(() => gateway.close());

const COMMANDS: FlowCommand[] = [
  { command: 'ANSWER', conditions: [], options: {} },
  {
    command: 'GATHER',
    conditions: [{ variable: 'keys', operator: 'eq', value: '“1” 👋' }],
    options: { retries: 0, endKey: '#', playback: { media: ['b.mp3', 'a.mp3'] } },
  },
  { command: 'BRIDGE', conditions: [], options: { to: '+14155550901', record: false } },
];
const SAY = [{ say: { text: 'hello' } }];
const REPLACE = `mutation ($call: CallLocator!, $commands: [CallFlowCommandInput!]!, $idempotencyKey: String) {
  replaceCallFlow(call: $call, commands: $commands, idempotencyKey: $idempotencyKey) {
    callFlow { id revision status commands { id command status ... on SayCommand { text } } }
    call { id revision }
    errors { code path }
  }
}`;

/** A viewer that may write the call. */
async function viewerOf(call: string): Promise<Viewer> {
  const { db } = gateway.database;
  const [row] = await db.execute<{ organization_id: string }>(
    sql`select organization_id from calls where id = ${uuidOf('call', call)}`,
  );
  const organization = { id: row?.organization_id ?? '', slug: 'test', name: 'Test' };
  const account = newAccount(organization.id, '');
  return { organization, keyId: '', kind: 'APP', name: 'tester', staffUid: null, scopes: ['ADMIN'], account };
}

/** A request's payload and statements, without the query for its key. */
async function replaceAndCount(variables: { call: object; commands?: object[]; idempotencyKey?: string }) {
  gateway.takeStatements();
  const { replaceCallFlow: payload } = await client.ask(REPLACE, { commands: SAY, ...variables });
  const [key, ...statements] = gateway.takeStatements();
  expect(key).toContain('"api_keys"."token_hash" = any(');
  return { payload, statements };
}

function replacementOf(call: string, options: Partial<Replacement> = {}): Replacement {
  return {
    target: { id: uuidOf('call', call) ?? '', path: ['call'], label: call },
    commands: COMMANDS,
    expectedFlowRevision: null,
    idempotencyKey: null,
    invalid: [],
    ...options,
  };
}

const atOnce = (replacement: Replacement) => replaceAtOnce(query, viewer, replacement, ALL_COLUMNS);
const underLock = (replacement: Replacement) =>
  gateway.database.transaction((tx) => replaceUnderLock(tx, viewer, replacement));

describe('a flow is replaced by one statement', () => {
  it.each([
    ['an id', false, undefined],
    ['an id and a key', false, 'key'],
    ['a reference', true, undefined],
    ['a reference and a key', true, 'key'],
  ])('with %s', async (what, byReference, idempotencyKey) => {
    const { id } = await givenCall(client, { references: [other(`at once ${what}`)] });
    const call = byReference ? { reference: other(`at once ${what}`) } : { id };
    for (const revision of [1, 2]) {
      const key = idempotencyKey && { idempotencyKey: `${idempotencyKey} ${revision}` };
      const { payload, statements } = await replaceAndCount({ call, ...key });
      expect(statements).toEqual([expect.stringContaining('from replace_call_flow($1::uuid')]);
      expect(payload).toMatchObject({
        callFlow: { revision, status: 'ACTIVE', commands: [{ status: 'ACCEPTED', text: 'hello' }] },
        call: { id, revision: revision + 1 },
        errors: [],
      });
    }
  });

  it('with the id or the reference of a record that was joined into the call', async () => {
    const call = await givenCall(client, { references: [other('joined call')] });
    const duplicate = await givenCall(client, { references: [other('joined duplicate')] });
    await joinCalls(client, { id: call.id }, { id: duplicate.id });
    for (const locator of [{ id: duplicate.id }, { reference: other('joined duplicate') }]) {
      const { payload, statements } = await replaceAndCount({ call: locator });
      expect(statements).toHaveLength(1);
      expect(payload).toMatchObject({ call: { id: call.id }, errors: [] });
    }
    expect((await readCall(client, call.id)).callFlows.totalCount).toBe(2);
  });

  it('but not if the commands are invalid', async () => {
    const { id } = await givenCall(client);
    const commands = [{ say: { text: '' } }];
    const { payload, statements } = await replaceAndCount({ call: { id }, commands, idempotencyKey: 'key' });
    expect(codesOf(payload)).toMatchObject([{ code: 'INVALID' }]);
    expect(statements.filter((each) => each.includes('replace_call_flow'))).toEqual([]);
  });
});

it('sixteen concurrent requests with different keys number their flows without gaps, and one is active', async () => {
  const { id } = await givenCall(client);
  const keys = Array.from({ length: 16 }, (_, index) => `key ${index}`);
  const replaceAll = () =>
    Promise.all(
      keys.map((idempotencyKey) => replaceCallFlow(client, { call: { id }, commands: SAY, idempotencyKey })),
    );
  const payloads = await replaceAll();
  expect(payloads.flatMap(({ errors }) => errors)).toEqual([]);
  const { callFlows, revision, callFlow } = await readCall(client, id);
  expect(callFlows.nodes.map((flow: Data) => flow.revision)).toEqual(keys.map((_, index) => 16 - index));
  expect(callFlows.nodes.filter((flow: Data) => flow.status === 'ACTIVE')).toEqual([callFlow]);
  expect(revision).toBe(17);
  const ids = (all: Data[]) => all.map((payload) => payload.callFlow.id);
  expect(ids(await replaceAll())).toEqual(ids(payloads));
});

/** Without what only writes look at. */
function asShown(replaced: Replaced | null) {
  const { fieldTimes: _, ...call } = { fieldTimes: null, ...replaced?.call };
  return replaced && { ...replaced, call };
}

describe('one statement and a transaction', () => {
  it('answer alike and leave the same rows', async () => {
    const replaceTwice = async (replace: (replacement: Replacement) => Promise<Replaced | null>) => {
      const call = await givenCall(client, { status: 'RINGING' });
      const answers = [
        await replace(replacementOf(call.id, { idempotencyKey: 'key', expectedFlowRevision: 0 })),
        await replace(replacementOf(call.id)),
      ].map(asShown);
      const { call_changes, call_flows, ...rows } = await rowsOf(call.id);
      const [first, second] = call_flows.map(({ position }: Data) => position);
      expect(first).toBeLessThan(second);
      const flows = call_flows.map(({ position: _, ...flow }: Data) => flow);
      return comparable({ answers, ...rows, call_flows: flows, call_changes: call_changes.slice(1) });
    };
    const first = await replaceTwice(atOnce);
    expect(first).toEqual(await replaceTwice(underLock));
    expect(first).toMatchObject({
      answers: [{ callFlow: { revision: 1 } }, { callFlow: { revision: 2, commands: { length: 3 } } }],
      call_flows: { length: 2 },
      call_flow_commands: { length: 6 },
      idempotency_keys: { length: 1 },
      call_changes: { length: 2 },
    });
  });

  it('give related rows the same times, labels and ids', async () => {
    const { id } = await givenCall(client);
    const replaced = await atOnce(replacementOf(id, { idempotencyKey: 'key' }));
    const { calls, call_flows, call_flow_commands, idempotency_keys, call_changes } = await rowsOf(id);
    const flow = { flow_id: replaced?.callFlow.id, created_at: call_flows[0].created_at };
    expect(idempotency_keys).toMatchObject([flow]);
    expect(call_flow_commands.map((each: Data) => each.flow_id)).toContain(flow.flow_id);
    expect(new Date(call_flows[0].created_at)).toEqual(replaced?.callFlow.createdAt);
    const { updated_at, change_label } = calls[0];
    expect(call_changes.at(-1)).toMatchObject({
      label: change_label,
      recorded_at: updated_at,
      effective_at: updated_at,
    });
    expect(replaced?.call.updatedAt).toEqual(new Date(updated_at));
  });

  it('need one statement even if the clock of the active flow was ahead', async () => {
    const { id } = await givenCall(client);
    await replaceAndCount({ call: { id } });
    await gateway.database.db.execute(
      sql`update call_flows set created_at = now() + interval '1 hour' where call_id = ${uuidOf('call', id)}`,
    );
    const { payload, statements } = await replaceAndCount({ call: { id } });
    expect(payload).toMatchObject({ callFlow: { revision: 2, status: 'ACTIVE' }, errors: [] });
    expect(statements).toHaveLength(1);
  });
});

describe('the one statement writes nothing and returns no row', () => {
  it.each<[string, (call: string) => Promise<Replacement>]>([
    ['at another revision', async (call) => replacementOf(call, { expectedFlowRevision: 0 })],
    ['with a key that is known', async (call) => replacementOf(call, { idempotencyKey: 'key' })],
    [
      'for a call that has ended',
      async (call) => {
        await hangUpCall(client, { id: call });
        return replacementOf(call);
      },
    ],
    ["for another organization's call", async () => replacementOf(await callOfStranger())],
    [
      "for another organization's reference",
      async () => {
        await callOfStranger();
        return replacementOf('', {
          target: { reference: { ...other('theirs'), system: 'OTHER' }, path: ['call'], label: 'theirs' },
        });
      },
    ],
  ])('%s', async (_when, prepare) => {
    const { id } = await givenCall(client);
    expect(await atOnce(replacementOf(id, { idempotencyKey: 'key' }))).not.toBeNull();
    const replacement = await prepare(id);
    const before = await fingerprint(gateway.database);
    expect(await atOnce(replacement)).toBeNull();
    expect(await fingerprint(gateway.database)).toEqual(before);
  });

  async function callOfStranger(): Promise<string> {
    const stranger = await gateway.client();
    const { id } = await givenCall(stranger, { references: [other('theirs')] });
    return id;
  }
});

async function rowsOf(call: string): Promise<Data> {
  const id = uuidOf('call', call);
  const flows = sql`select f.id from call_flows f where f.call_id = ${id}`;
  const rows = (table: string, condition: ReturnType<typeof sql>, order: string) =>
    sql`(select coalesce(json_agg(t order by ${sql.raw(order)}), '[]') from ${sql.identifier(table)} t where ${condition})`;
  const [row] = await gateway.database.db.execute(sql`select
    ${rows('calls', sql`t.id = ${id}`, 't.id')} as calls,
    ${rows('call_flows', sql`t.call_id = ${id}`, 't.revision')} as call_flows,
    ${rows('call_flow_commands', sql`t.flow_id in (${flows})`, 't.flow_id, t.position')} as call_flow_commands,
    ${rows('idempotency_keys', sql`t.call_id = ${id}`, 't.key')} as idempotency_keys,
    ${rows('call_changes', sql`t.call_id = ${id}`, 't.label, t.seq')} as call_changes`);
  return row;
}

/** Without ids, times and positions in the log, which differ from call to call. */
function comparable(value: object): unknown {
  const differs = /^(?:\w+_at|\w+At|(?:\w+_)?id|callId|flowId|change_?label|label|seq)$/i;
  const text = JSON.stringify(value, (name, member) => {
    if (name === 'recordedAt') return undefined;
    return differs.test(name) && member !== null ? typeof member : member;
  });
  return JSON.parse(text);
}
