import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { VendorRefusal, VendorUnreachable } from '../../../src/vendors/request/vendor-client.js';
import { type OutgoingDelivery, PartlyDelivered } from '../../../src/vendors/vendor.js';
import { givenCall, mergeCallMetadata } from '../../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { insertAccount, openScriptedWorker, type Script, type ScriptedWorker } from './scripted-worker.js';

let gateway: TestGateway;
let client: Client;
let organizationId: string;
const workers: ScriptedWorker[] = [];

beforeAll(async () => {
  gateway = await openTestGateway({ vendors: false });
});
afterAll(() => gateway.close());
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.close()));
});

/** A worker tries what is due in every organization, so what earlier tests left is delivered without the script. */
const work = (script: Script, callFlowExpiry?: number) => {
  const own = organizationId;
  const worker = openScriptedWorker(
    gateway.database,
    (delivery, account) => (account.organizationId === own ? script(delivery, account) : undefined),
    callFlowExpiry,
  );
  workers.push(worker);
  return worker;
};

async function newOrganization(): Promise<void> {
  client = await gateway.client();
  const { viewer } = await client.ask('{ viewer { organization { id slug } } }');
  const [row] = await gateway.database.db.execute<{ organization_id: string }>(
    sql`select organization_id from organizations where slug = ${viewer.organization.slug}`,
  );
  organizationId = row?.organization_id ?? '';
}

const burki = (value: string) => ({ references: [{ system: 'BURKI', name: 'id', value }] });
const merge = (call: { id: string }, metadata: Record<string, unknown>) =>
  mergeCallMetadata(client, { call: { id: call.id }, metadata });

interface Row extends Record<string, unknown> {
  kind: string;
  state: string;
  attempts: number;
  last_error: string | null;
}

const rows = async (): Promise<Row[]> => [
  ...(await gateway.database.db.execute<Row>(
    sql`select kind, state, attempts, last_error, call_id from deliveries where organization_id = ${organizationId} order by position`,
  )),
];
const states = async () => (await rows()).map(({ kind, state }) => `${kind} ${state}`);
const settled = (expected: string[]) =>
  vi.waitFor(async () => expect(await states()).toEqual(expected), { timeout: 60_000, interval: 20 });
const dueNow = () =>
  gateway.database.db.execute(
    sql`update deliveries set next_attempt_at = now() where organization_id = ${organizationId}`,
  );

const refusal = (status: number, text = '') =>
  new VendorRefusal({ status, text, retryAfter: null, requestId: 'r1' });

it('sends each touched top-level member whole, and removed ones as null at every depth', async () => {
  await newOrganization();
  const call = await givenCall(client, burki('1'));
  await insertAccount(gateway.database, { organizationId, system: 'BURKI', kinds: ['METADATA'] });
  await merge(call, { keep: 1, case: { id: 7, owner: { name: 'Ann', team: 'x' } }, gone: true });
  await merge(call, { case: { owner: { team: null } }, gone: null });
  await merge(call, { case: { owner: null } });
  await merge(call, { case: { owner: { team: 'y' } } });
  const sent: OutgoingDelivery[] = [];
  work((delivery) => void sent.push(delivery));
  await settled(['METADATA DELIVERED']);
  // The owner's name went with the owner, so a vendor that merges deeply must drop it too.
  expect(sent.map(({ metadata }) => metadata)).toEqual([
    { keep: 1, case: { id: 7, owner: { name: null, team: 'y' } }, gone: null },
  ]);
  await merge(call, { keep: 2 });
  await settled(['METADATA DELIVERED', 'METADATA DELIVERED']);
  expect(sent[1]?.metadata).toEqual({ keep: 2 });
});

it('a patch that changes nothing, and one that is refused, make no delivery', async () => {
  await newOrganization();
  const call = await givenCall(client, { ...burki('2'), metadata: { a: 1 } });
  await insertAccount(gateway.database, { organizationId, system: 'BURKI', kinds: ['METADATA'] });
  await merge(call, { a: 1 });
  await mergeCallMetadata(client, { call: { id: call.id }, metadata: { a: 2 }, expectedRevision: 99 });
  expect(await rows()).toEqual([]);
});

it('retries with what is true then, and merges of meanwhile become one request', async () => {
  await newOrganization();
  const call = await givenCall(client, burki('3'));
  await insertAccount(gateway.database, { organizationId, system: 'BURKI', kinds: ['METADATA'] });
  let release: () => void = () => {};
  const isHeld = new Promise<void>((resolve) => {
    release = resolve;
  });
  const sent: unknown[] = [];
  await merge(call, { a: 1 });
  const worker = work(async ({ metadata, attempt }) => {
    sent.push({ metadata, attempt });
    if (sent.length > 1) return undefined;
    await isHeld;
    throw refusal(503, 'busy');
  });
  await vi.waitFor(() => expect(sent).toHaveLength(1), { timeout: 60_000 });
  for (let n = 2; n <= 10; n += 1) await merge(call, { a: n, b: n });
  expect(await states()).toEqual(['METADATA PENDING', 'METADATA PENDING']);
  release();
  await settled(['METADATA SUPERSEDED', 'METADATA DELIVERED']);
  expect(sent).toEqual([
    { metadata: { a: 1 }, attempt: 1 },
    { metadata: { a: 10, b: 10 }, attempt: 2 },
  ]);
  expect(worker.failures).toEqual([]);
});

it('refused credentials stop the account and no delivery dies of it', async () => {
  await newOrganization();
  const call = await givenCall(client, burki('4'));
  const account = await insertAccount(gateway.database, {
    organizationId,
    system: 'BURKI',
    kinds: ['METADATA'],
  });
  let isRight = false;
  let tries = 0;
  work(() => {
    tries += 1;
    if (!isRight) throw refusal(401, 'Authentication required.');
    return undefined;
  });
  await merge(call, { a: 1 });
  await settled(['METADATA RETRYING']);
  const [stopped] = await gateway.database.db.execute(
    sql`select is_refused, state_reason, open_until > now() + interval '5 minutes' as waits from vendor_accounts where organization_id = ${organizationId} and id = ${account}`,
  );
  expect(stopped).toMatchObject({
    is_refused: true,
    waits: true,
    state_reason: 'The vendor answered 401: Authentication required.',
  });
  await merge(call, { a: 2 });
  isRight = true;
  await gateway.database.db.execute(
    sql`update vendor_accounts set open_until = null where organization_id = ${organizationId} and id = ${account}`,
  );
  await dueNow();
  await settled(['METADATA DELIVERED']);
  expect(tries).toBe(2);
});

it('an answer of 4xx is DEAD at once, and holds back later events of the call but nothing else', async () => {
  await newOrganization();
  const call = await givenCall(client, burki('5'));
  await insertAccount(gateway.database, { organizationId, system: 'BURKI', kinds: ['METADATA', 'EVENT'] });
  const sent: string[] = [];
  work(({ kind, event }) => {
    sent.push(`${kind} ${JSON.stringify(event?.metadata ?? {})}`);
    if (event?.metadata.n === 1) throw refusal(422, 'n: not allowed');
    return undefined;
  });
  const record = (n: number) =>
    client.ask(
      'mutation ($input: RecordCallEventInput!) { recordCallEvent(input: $input) { errors { message } } }',
      {
        input: { target: { call: { id: call.id } }, eventTime: '2026-01-01T00:00:00Z', metadata: { n } },
      },
    );
  await record(1);
  await vi.waitFor(async () => expect(await states()).toContain('EVENT DEAD'), { timeout: 60_000 });
  await record(2);
  await merge(call, { other: 1 });
  await vi.waitFor(
    async () => expect((await states()).filter((state) => state.startsWith('METADATA PENDING'))).toEqual([]),
    { timeout: 60_000 },
  );
  expect(await states()).toContain('EVENT PENDING');
  expect((await rows()).find(({ state }) => state === 'DEAD')).toMatchObject({
    last_error: 'The vendor answered 422: n: not allowed',
    attempts: 1,
  });
  await client.ask('mutation ($ids: [ID!]!) { discardDeliveries(ids: $ids) { errors { message } } }', {
    ids: await deadIds(),
  });
  await vi.waitFor(async () => expect(await states()).toContain('EVENT DELIVERED'), { timeout: 60_000 });
});

async function deadIds(): Promise<string[]> {
  const { deliveries } = await client.ask('{ deliveries(filter: { state: [DEAD] }) { nodes { id } } }');
  return deliveries.nodes.map(({ id }: { id: string }) => id);
}

const bird = (value: string) => ({
  references: [{ system: 'BIRD', name: 'id', value }],
  status: 'IN_PROGRESS',
});
const replaceFlow = (call: { id: string }, text: string) =>
  client.ask(
    'mutation ($call: CallLocator!, $commands: [CallFlowCommandInput!]!) { replaceCallFlow(call: $call, commands: $commands) { errors { message } } }',
    { call: { id: call.id }, commands: [{ say: { text } }] },
  );
const hangUp = (call: { id: string }) =>
  client.ask('mutation ($call: CallLocator!) { hangUpCall(call: $call) { errors { message } } }', {
    call: { id: call.id },
  });

it('a newer flow replaces an unsent one, and a hang-up overtakes: never an older flow after a newer one', async () => {
  await newOrganization();
  const call = await givenCall(client, bird('6'));
  await insertAccount(gateway.database, { organizationId, system: 'BIRD', kinds: ['CALL_FLOW', 'HANG_UP'] });
  let release: () => void = () => {};
  const isHeld = new Promise<void>((resolve) => {
    release = resolve;
  });
  const sent: string[] = [];
  work(async ({ kind, flow }) => {
    sent.push(`${kind} ${flow?.commands.map(({ options }) => options.text).join() ?? ''}`);
    if (sent.length > 1) return undefined;
    await isHeld;
    throw new VendorUnreachable('The vendor did not answer in time.');
  });
  await replaceFlow(call, 'A');
  await vi.waitFor(() => expect(sent).toEqual(['CALL_FLOW A']), { timeout: 60_000 });
  await replaceFlow(call, 'B');
  await hangUp(call);
  release();
  await settled(['CALL_FLOW SUPERSEDED', 'CALL_FLOW SUPERSEDED', 'HANG_UP DELIVERED']);
  expect(sent).toEqual(['CALL_FLOW A', 'HANG_UP ']);
});

it('a flow that comes too late, or whose call has ended, is EXPIRED', async () => {
  await newOrganization();
  const [late, ended] = [await givenCall(client, bird('7')), await givenCall(client, bird('8'))];
  await insertAccount(gateway.database, { organizationId, system: 'BIRD', kinds: ['CALL_FLOW', 'HANG_UP'] });
  await replaceFlow(late, 'A');
  await gateway.database.db.execute(
    sql`update deliveries set created_at = now() - interval '61 seconds' where organization_id = ${organizationId}`,
  );
  await replaceFlow(ended, 'B');
  await client.ask(
    'mutation ($input: UpsertCallInput!) { upsertCall(input: $input) { errors { message } } }',
    { input: { ...bird('8'), status: 'COMPLETED' } },
  );
  const sent: unknown[] = [];
  work((delivery) => void sent.push(delivery));
  await settled(['CALL_FLOW EXPIRED', 'CALL_FLOW EXPIRED']);
  expect(sent).toEqual([]);
  expect((await rows()).map(({ last_error }) => last_error)).toEqual([
    'It was not sent within 60 s.',
    'The call has ended.',
  ]);
});

it('a flow that was EXPIRED and is replayed gets its time anew', async () => {
  await newOrganization();
  const call = await givenCall(client, bird('14'));
  await insertAccount(gateway.database, { organizationId, system: 'BIRD', kinds: ['CALL_FLOW'] });
  await replaceFlow(call, 'A');
  await gateway.database.db.execute(
    sql`update deliveries set created_at = now() - interval '61 seconds' where organization_id = ${organizationId}`,
  );
  work(() => undefined);
  await settled(['CALL_FLOW EXPIRED']);
  const { deliveries } = await client.ask('{ deliveries { nodes { id } } }');
  await client.ask('mutation ($ids: [ID!]!) { replayDeliveries(ids: $ids) { errors { message } } }', {
    ids: deliveries.nodes.map(({ id }: { id: string }) => id),
  });
  await settled(['CALL_FLOW DELIVERED']);
});

it('a vendor is known to have had a delivery before, also one that was discarded or is replayed', async () => {
  await newOrganization();
  const call = await givenCall(client, burki('15'));
  await insertAccount(gateway.database, { organizationId, system: 'BURKI', kinds: ['METADATA'] });
  const sent: boolean[] = [];
  work(({ isRepeated }) => {
    sent.push(isRepeated);
    if (sent.length < 3) throw refusal(422);
    return undefined;
  });
  const change = async (how: 'discardDeliveries' | 'replayDeliveries') =>
    client.ask(`mutation ($ids: [ID!]!) { ${how}(ids: $ids) { errors { message } } }`, {
      ids: await deadIds(),
    });
  await merge(call, { a: 1 });
  await settled(['METADATA DEAD']);
  await change('discardDeliveries');
  await merge(call, { a: 2 });
  await settled(['METADATA DISCARDED', 'METADATA DEAD']);
  await change('replayDeliveries');
  await settled(['METADATA DISCARDED', 'METADATA DELIVERED']);
  expect(sent).toEqual([false, true, true]);
});

it('of two accounts that may have the call, none is sent the change, and both say why', async () => {
  await newOrganization();
  const call = await givenCall(client, burki('9'));
  const given = { organizationId, system: 'BURKI' as const, kinds: ['METADATA' as const] };
  await insertAccount(gateway.database, given);
  const other = await insertAccount(gateway.database, given);
  const sent: string[] = [];
  work((_, { id }) => void sent.push(id));
  await merge(call, { a: 1 });
  await settled(['METADATA INCOMPLETE', 'METADATA INCOMPLETE']);
  expect((await rows())[0]?.last_error).toBe('It is not known which of the BURKI accounts has the call.');
  await gateway.database.db.execute(
    sql`update call_references set account_id = ${other} where organization_id = ${organizationId}`,
  );
  await merge(call, { a: 2 });
  await vi.waitFor(
    async () => expect((await states()).toSorted()).toEqual(['METADATA DELIVERED', 'METADATA DISCARDED']),
    { timeout: 60_000 },
  );
  expect(sent).toEqual([other]);
});

it('a Bird call goes to the account of its workspace and channel', async () => {
  await newOrganization();
  const call = await givenCall(client, { ...bird('10'), workspaceId: 'w2', channelId: 'C' });
  const account = { organizationId, system: 'BIRD' as const, kinds: ['CALL_FLOW' as const] };
  await insertAccount(gateway.database, { ...account, settings: { workspaceId: 'w1', channelId: 'c' } });
  const right = await insertAccount(gateway.database, { ...account, settings: { workspaceId: 'W2' } });
  const sent: string[] = [];
  work((_, { id }) => void sent.push(id));
  await replaceFlow(call, 'A');
  await settled(['CALL_FLOW DELIVERED']);
  expect(sent).toEqual([right]);
});

it('five failures in a row open the circuit; then one delivery at a time is tried', async () => {
  await newOrganization();
  const account = await insertAccount(gateway.database, {
    organizationId,
    system: 'BURKI',
    kinds: ['METADATA'],
    concurrency: 3,
  });
  let tries = 0;
  let isAway = true;
  let inFlight = 0;
  let most = 0;
  work(async () => {
    tries += 1;
    if (isAway) throw new VendorUnreachable('The vendor did not answer in time.');
    inFlight += 1;
    most = Math.max(most, inFlight);
    await new Promise((resolve) => setTimeout(resolve, 5));
    inFlight -= 1;
    return undefined;
  });
  for (let n = 20; n < 30; n += 1) await merge(await givenCall(client, burki(`${n}`)), { n });
  const circuit = async () =>
    (
      await gateway.database.db.execute(
        sql`select failures, open_until > now() as is_open, state_reason from vendor_accounts where organization_id = ${organizationId} and id = ${account}`,
      )
    )[0];
  await vi.waitFor(
    async () =>
      expect(await circuit()).toMatchObject({
        is_open: true,
        state_reason: 'The vendor did not answer in time.',
      }),
    { timeout: 60_000 },
  );
  // At most two more were under way when the fifth failed.
  expect(tries).toBeLessThanOrEqual(7);
  isAway = false;
  await gateway.database.db.execute(
    sql`update vendor_accounts set open_until = now() where organization_id = ${organizationId} and id = ${account}`,
  );
  await dueNow();
  await settled(Array.from({ length: 10 }, () => 'METADATA DELIVERED'));
  expect(await circuit()).toMatchObject({ failures: 0, is_open: null, state_reason: null });
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThanOrEqual(3);
});

it('what a process left when it died is taken over when its lease ends', async () => {
  await newOrganization();
  const call = await givenCall(client, burki('11'));
  await insertAccount(gateway.database, { organizationId, system: 'BURKI', kinds: ['METADATA'] });
  await merge(call, { a: 1 });
  const claim = (seconds: number) =>
    gateway.database.db.execute(
      sql`select id from claim_deliveries(gen_random_uuid(), make_interval(secs => ${seconds}), 10) where organization_id = ${organizationId}`,
    );
  expect(await claim(3_600)).toHaveLength(1);
  expect(await claim(3_600)).toHaveLength(0);
  await merge(call, { b: 1 });
  expect(await claim(3_600)).toHaveLength(0);
  await gateway.database.db.execute(
    sql`update deliveries set claimed_until = now() where organization_id = ${organizationId} and claim is not null`,
  );
  const sent: unknown[] = [];
  work(({ metadata }) => void sent.push(metadata));
  await settled(['METADATA DELIVERED', 'METADATA DELIVERED']);
  expect(sent).toEqual([{ a: 1 }, { b: 1 }]);
});

it('the deliveries of a joined record become the call’s', async () => {
  await newOrganization();
  const [call, duplicate] = [await givenCall(client, burki('12')), await givenCall(client, burki('13'))];
  await insertAccount(gateway.database, { organizationId, system: 'BURKI', kinds: ['METADATA'] });
  await merge(duplicate, { a: 1 });
  await merge(call, { b: 1 });
  await client.ask(
    'mutation ($call: CallLocator!, $duplicate: CallLocator!) { joinCalls(call: $call, duplicate: $duplicate) { errors { message } } }',
    { call: { id: call.id }, duplicate: { id: duplicate.id } },
  );
  const sent: unknown[] = [];
  work(({ metadata }) => void sent.push(metadata));
  await vi.waitFor(
    async () => expect((await states()).toSorted()).toEqual(['METADATA DELIVERED', 'METADATA SUPERSEDED']),
    { timeout: 60_000 },
  );
  expect(sent).toEqual([{ a: 1, b: 1 }]);
});

it('a hang-up that always fails does not take every try of a half-open circuit', async () => {
  await newOrganization();
  const live = await givenCall(client, { ...burki('30'), status: 'IN_PROGRESS' });
  const other = await givenCall(client, burki('31'));
  const account = await insertAccount(gateway.database, {
    organizationId,
    system: 'BURKI',
    kinds: ['METADATA', 'HANG_UP'],
  });
  await hangUp(live);
  await merge(other, { a: 1 });
  await gateway.database.db.execute(
    sql`update vendor_accounts set failures = 9, open_until = now() where organization_id = ${organizationId} and id = ${account}`,
  );
  work(({ kind }) => {
    if (kind === 'HANG_UP') throw refusal(500, 'Failed to terminate call via twilio');
    return undefined;
  });
  await vi.waitFor(
    async () => {
      await gateway.database.db.execute(sql`with due as (
          update deliveries set next_attempt_at = now() where organization_id = ${organizationId} and claim is null)
        update vendor_accounts set open_until = now() where organization_id = ${organizationId} and open_until > now()`);
      expect(await states()).toContain('METADATA DELIVERED');
    },
    { timeout: 60_000, interval: 100 },
  );
});

it('a call that an account had which is deleted goes to no other account', async () => {
  await newOrganization();
  const call = await givenCall(client, burki('32'));
  const given = { organizationId, system: 'BURKI' as const, kinds: ['METADATA' as const] };
  const first = await insertAccount(gateway.database, given);
  const sent: string[] = [];
  work((_, account) => void sent.push(account.id));
  await merge(call, { a: 1 });
  await settled(['METADATA DELIVERED']);
  await gateway.database.db.execute(
    sql`update vendor_accounts set deleted_at = now() where organization_id = ${organizationId} and id = ${first}`,
  );
  await insertAccount(gateway.database, given);
  await merge(call, { a: 2 });
  await settled(['METADATA DELIVERED', 'METADATA INCOMPLETE']);
  expect(sent).toEqual([first]);
});

it('the account that has taken changes of a call takes the next ones too, whatever others come', async () => {
  await newOrganization();
  const call = await givenCall(client, burki('33'));
  const given = { organizationId, system: 'BURKI' as const, kinds: ['METADATA' as const] };
  const first = await insertAccount(gateway.database, given);
  const sent: string[] = [];
  work((_, account) => void sent.push(account.id));
  await merge(call, { a: 1 });
  await settled(['METADATA DELIVERED']);
  await insertAccount(gateway.database, given);
  await merge(call, { a: 2 });
  await settled(['METADATA DELIVERED', 'METADATA DELIVERED']);
  expect(sent).toEqual([first, first]);
});

it('a flow that was delivered is not sent again because its answer cannot be stored', async () => {
  await newOrganization();
  const call = await givenCall(client, bird('34'));
  await insertAccount(gateway.database, { organizationId, system: 'BIRD', kinds: ['CALL_FLOW'] });
  const sent: string[] = [];
  const worker = work(({ id }) => {
    sent.push(id);
    return { state: 'DELIVERED', learned: { flowProgress: { vendorId: 'a\0b', commands: [] } } };
  });
  await replaceFlow(call, 'A');
  await settled(['CALL_FLOW DELIVERED']);
  expect(sent).toHaveLength(1);
  expect((await rows())[0]?.last_error).toBe('What the vendor answered could not be stored.');
  expect(worker.failures).toHaveLength(1);
});

it('what the vendor carried out is stored, though the rest of the delivery failed', async () => {
  await newOrganization();
  const call = await givenCall(client, { references: [{ system: 'BURKI', name: 'callSid', value: 'CA35' }] });
  await insertAccount(gateway.database, { organizationId, system: 'BURKI', kinds: ['METADATA'] });
  const sent: number[] = [];
  work(({ references }) => {
    sent.push(references.length);
    if (sent.length > 1) return undefined;
    throw new PartlyDelivered(
      { references: [{ system: 'BURKI', name: 'id', value: '35' }] },
      new VendorUnreachable('The vendor did not answer in time.'),
    );
  });
  await merge(call, { a: 1 });
  await settled(['METADATA DELIVERED']);
  expect(sent).toEqual([1, 2]);
});
