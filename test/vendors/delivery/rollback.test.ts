import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import postgres from 'postgres';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { DEFAULTS } from '../../../src/config/config.js';
import { recordCallEvent } from '../../events/events.js';
import { mergeCallsMetadata } from '../../metadata/merges.js';
import {
  codesOf,
  createVoiceCall,
  givenCall,
  mergeCallMetadata,
  replaceCallFlow,
  updateVoiceCall,
  upsertCall,
} from '../../support/documents.js';
import { uuidIn } from '../../support/events.js';
import { type Answer, type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { type FakeBurki, openBurki } from '../../support/vendors/burki.js';
import { VOICE_CALL } from '../vcita-document.js';
import { connect, linesOf, readDeliveries, settled } from './connected.js';
import { deliveriesOf, merge } from './deliveries.js';

/** The key of the lock that a commit waits for; see below. */
const COMMITS = 16;
const MERGE = `mutation ($id: ID!, $metadata: JSONObject!) {
  mergeCallMetadata(call: { id: $id }, metadata: $metadata) { errors { code } }
}`;

let gateway: TestGateway;
let client: Client;
let burki: FakeBurki;
let number = 100;

beforeAll(async () => {
  gateway = await openTestGateway();
  // Runs in the commit, when all else of the transaction is done.
  await gateway.database.db.execute(sql`create function at_commit() returns trigger language plpgsql as $$ begin
      if new.patch ? 'waits' then perform pg_advisory_xact_lock_shared(16); end if;
      if new.patch ? 'fails' then raise exception 'refused at commit'; end if;
      return null;
    end $$`);
  await gateway.database.db.execute(sql`create constraint trigger at_commit after insert on call_changes
    deferrable initially deferred for each row execute function at_commit()`);
});
beforeEach(async () => {
  client = await gateway.client();
  burki = await openBurki();
  await connect(gateway, client, { system: 'BURKI', url: burki.url });
});
afterEach(async () => {
  expect(burki.violations).toEqual([]);
  await burki.close();
});
afterAll(() => gateway.close());

/** Known at Burki and Bird. */
async function givenKnownCall(): Promise<Answer['data']> {
  number += 1;
  burki.add({ id: number });
  return givenCall(client, {
    references: [
      { system: 'BURKI', name: 'id', value: `${number}` },
      { system: 'BIRD', name: 'id', value: randomUUID() },
    ],
  });
}

/** Waits until the worker has sent a change of now: it has seen all that was committed before. */
async function workerHasLooked(): Promise<void> {
  const { id } = await givenKnownCall();
  await merge(client, id, { later: true });
  await expect.poll(() => burki.calls.get(number)?.call_meta).toEqual({ later: true });
}

/** Of the call, as the vendor has seen them. */
const patchesOf = (id: string) =>
  burki.requests.filter(({ path }) => path.includes(`/${id}/`)).map(({ body }) => body);

it('a refused mutation writes no delivery, and nothing is sent', async () => {
  // Nothing listens there: what is written would stay.
  for (const system of ['CREOVAI', 'VCITA', 'BIRD'] as const) {
    await connect(gateway, client, { system, url: 'http://127.0.0.1:9' });
  }
  const call = await givenKnownCall();
  const known = { call: { id: call.id } };
  const { voiceCall } = await createVoiceCall(client, { input: VOICE_CALL });
  const before = await readDeliveries(client);
  const soon = new Date(Date.now() + 3_600_000).toISOString();
  const big = { big: 'x'.repeat(DEFAULTS.metadataMaxBytes) };
  const commands = [{ hangup: {} }];
  const payloads = [
    await mergeCallMetadata(client, { ...known, metadata: { a: 1 }, expectedRevision: 99 }),
    await mergeCallMetadata(client, { ...known, metadata: big }),
    await upsertCall(client, { references: call.references, metadata: big }),
    await recordCallEvent(client, { target: known, metadata: { a: 1 }, eventTime: soon }),
    await recordCallEvent(client, { target: known, metadata: big }),
    await replaceCallFlow(client, { ...known, commands, expectedFlowRevision: 99 }),
    await createVoiceCall(client, { ...known, input: VOICE_CALL }),
    await updateVoiceCall(client, {
      voiceCall: { id: voiceCall.id },
      input: { ...VOICE_CALL, status: 'MISSED_CALL_HANDLED' },
      expectedRevision: 99,
    }),
  ];
  expect(payloads.map((payload) => codesOf(payload).map(({ code }) => code))).toEqual([
    ['REVISION_CONFLICT'],
    ['LIMIT_EXCEEDED'],
    ['LIMIT_EXCEEDED'],
    ['INVALID'],
    ['LIMIT_EXCEEDED'],
    ['REVISION_CONFLICT'],
    ['REFERENCE_CONFLICT'],
    ['REVISION_CONFLICT'],
  ]);
  const organization = sql`(select organization_id from calls where id = ${uuidIn(call.id)})`;
  const [rows] = await gateway.database.db.execute<{ count: number }>(
    sql`select count(*)::integer as count from deliveries where organization_id = ${organization}`,
  );
  expect(rows?.count).toBe(before.length);
  await workerHasLooked();
  expect(linesOf(burki)).toEqual([`PATCH /api/v1/calls/${number}/metadata`]);
});

it('a batch sends its other items when one is refused', async () => {
  const calls = [await givenKnownCall(), await givenKnownCall(), await givenKnownCall()];
  const ids = calls.map(({ references }) => references[0].value);
  const payloads = await mergeCallsMetadata(
    client,
    calls.map(({ id }, index) => ({
      call: { id },
      metadata: { index },
      expectedRevision: index === 1 ? 99 : null,
    })),
  );
  expect(payloads.map((payload) => codesOf(payload).map(({ code }) => code))).toEqual([
    [],
    ['REVISION_CONFLICT'],
    [],
  ]);
  await settled(client, ['METADATA DELIVERED', 'METADATA DELIVERED']);
  expect(ids.map((id) => patchesOf(id))).toEqual([
    [{ metadata: { index: 0 } }],
    [],
    [{ metadata: { index: 2 } }],
  ]);
});

describe('a change whose commit', () => {
  it('is refused is not sent', async () => {
    const { id, references } = await givenKnownCall();
    const { errors } = await client.send(MERGE, { id, metadata: { fails: true } });
    expect(errors).toHaveLength(1);
    await workerHasLooked();
    expect(await deliveriesOf(client, id)).toEqual([]);
    expect(patchesOf(references[0].value)).toEqual([]);
  });

  /** A mutation of a new call, held in its commit. */
  async function heldInCommit() {
    const { id, references } = await givenKnownCall();
    const holder = postgres(gateway.databaseUrl, { max: 1 });
    onTestFinished(() => holder.end());
    await holder`select pg_advisory_lock(${COMMITS})`;
    const mutation = client.send(MERGE, { id, metadata: { waits: true } });
    const waiting = async () =>
      holder<{ pid: number }[]>`select pid from pg_locks
        where locktype = 'advisory' and objid = ${COMMITS} and not granted
          and database = (select oid from pg_database where datname = current_database())`;
    await expect.poll(waiting).toHaveLength(1);
    return {
      ...{ id, mutation, vendorId: references[0].value },
      kill: async () => {
        for (const { pid } of await waiting()) await holder`select pg_terminate_backend(${pid})`;
      },
      release: () => holder`select pg_advisory_unlock(${COMMITS})`,
    };
  }

  it('is under way is not sent before its end', async () => {
    const { id, vendorId, mutation, release } = await heldInCommit();
    await workerHasLooked();
    expect([await deliveriesOf(client, id), patchesOf(vendorId)]).toEqual([[], []]);
    await release();
    expect((await mutation).errors).toBeUndefined();
    await expect.poll(() => patchesOf(vendorId)).toEqual([{ metadata: { waits: true } }]);
  });

  it('is lost with its connection is not sent', async () => {
    const { id, vendorId, mutation, kill, release } = await heldInCommit();
    await kill();
    expect((await mutation).errors).toHaveLength(1);
    await release();
    await workerHasLooked();
    expect([await deliveriesOf(client, id), patchesOf(vendorId)]).toEqual([[], []]);
  });
});
