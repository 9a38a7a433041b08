import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { fromUUID } from 'typeid-js';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DELIVERY_STATES } from '../../../src/vendors/delivery/delivery.enums.js';
import { fingerprint } from '../../errors/fingerprint.js';
import { claimed, givenSender, setDelivery, settle } from '../../support/deliveries.js';
import { hangUpCall, replaceCallFlow, upsertCall } from '../../support/documents.js';
import { uuidIn } from '../../support/events.js';
import { type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { deliveriesOf, discard, givenBurkiCall, merge, newestDelivery, replay } from './deliveries.js';

let gateway: TestGateway;
let client: Client;
let account: string;
let call: string;

beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  client = await gateway.client();
  account = await givenSender(gateway.database, client);
  ({ id: call } = await givenBurkiCall(client));
});
afterAll(() => gateway.close());

async function givenDelivery(how: Parameters<typeof setDelivery>[2], metadata?: object): Promise<string> {
  await merge(client, call, metadata);
  const { id } = await newestDelivery(client, call);
  await setDelivery(gateway.database, id, how);
  return id;
}

async function rowOf(id: string) {
  const [row] = await gateway.database.db.execute(
    sql`select state, touched, attempts, first_attempt_at, claim, next_attempt_at <= now() as is_due
      from deliveries where id = ${uuidIn(id)}`,
  );
  return row as Record<string, unknown>;
}

const REPLAYED = ['DEAD', 'EXPIRED', 'DISCARDED'];
const DISCARDED = ['PENDING', 'RETRYING', 'INCOMPLETE', 'DEAD', 'EXPIRED'];

describe('replayDeliveries', () => {
  it.each(REPLAYED)('sends a %s one again, from its first try on', async (state) => {
    const id = await givenDelivery({ state: state as 'DEAD', attempts: 7 });
    expect(await replay(client, [id])).toMatchObject({
      deliveries: [{ id, state: 'PENDING', attempts: 0, lastError: 'The vendor answered 500' }],
      errors: [],
    });
    expect(await rowOf(id)).toMatchObject({ first_attempt_at: null, is_due: true });
  });

  it('answers in the order of the ids', async () => {
    const first = await givenDelivery({ state: 'DEAD' });
    await hangUpCall(client, { id: call });
    const second = (await newestDelivery(client, call)).id;
    await setDelivery(gateway.database, second, { state: 'DEAD' });
    const { deliveries } = await replay(client, [second, first, second]);
    expect(deliveries.map(({ id }: { id: string }) => id)).toEqual([second, first, second]);
    expect((await replay(client, [])).deliveries).toEqual([]);
  });

  it.each(DELIVERY_STATES.filter((state) => !REPLAYED.includes(state)))(
    'refuses a %s one by its place, and then writes nothing',
    async (state) => {
      const good = await givenDelivery({ state: 'DEAD' });
      const wrong = await givenDelivery({ state });
      const before = await fingerprint(gateway.database);
      expect(await replay(client, [good, wrong])).toEqual({
        deliveries: [],
        errors: [
          { code: 'INVALID', path: ['ids', '1'], message: expect.stringContaining(`${wrong} is ${state}`) },
        ],
      });
      expect(await fingerprint(gateway.database)).toEqual(before);
    },
  );

  it('names every id that is malformed or unknown, and those of events without a call', async () => {
    const good = await givenDelivery({ state: 'DEAD' });
    const unknown = fromUUID(uuidv7(), 'delivery');
    expect((await replay(client, [call, good, 'x'])).errors).toMatchObject([
      { code: 'INVALID', path: ['ids', '0'] },
      { code: 'INVALID', path: ['ids', '2'] },
    ]);
    await gateway.database.db.execute(
      sql`insert into deliveries (organization_id, id, account_id, lane, kind, state, priority, next_attempt_at, created_at, updated_at)
        select organization_id, ${uuidIn(unknown).replace(/.$/, '0')}, account_id, lane, 'EVENT', 'DEAD', 1, now(), now(), now()
        from deliveries where id = ${uuidIn(good)}`,
    );
    const withoutCall = fromUUID(uuidIn(unknown).replace(/.$/, '0'), 'delivery');
    const { errors } = await replay(client, [unknown, withoutCall, good]);
    expect(errors).toMatchObject([
      { code: 'NOT_FOUND', path: ['ids', '0'] },
      { code: 'NOT_FOUND', path: ['ids', '1'] },
    ]);
    expect((await rowOf(good)).state).toBe('DEAD');
  });

  it('takes at most 500', async () => {
    const { errors } = await client.send(
      'mutation ($ids: [ID!]!) { replayDeliveries(ids: $ids) { errors { code } } }',
      { ids: Array(501).fill('delivery_1') },
    );
    expect(errors).toMatchObject([{ message: /ids.*500.*501/, extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  it('refuses one of a deleted account', async () => {
    const id = await givenDelivery({ state: 'DISCARDED' });
    await gateway.database.db.execute(
      sql`update vendor_accounts set deleted_at = now() where id = ${uuidIn(account)}`,
    );
    expect((await replay(client, [id])).errors).toMatchObject([
      { code: 'INVALID', message: expect.stringContaining('deleted'), path: ['ids', '0'] },
    ]);
  });

  it('gives its metadata to an open delivery of the call, and is superseded', async () => {
    const dead = await givenDelivery({ state: 'DEAD' }, { a: { b: 1 } });
    await merge(client, call, { a: { c: 1 }, d: 1 });
    const open = await newestDelivery(client, call);
    expect((await replay(client, [dead])).deliveries).toMatchObject([
      { id: dead, state: 'SUPERSEDED', attempts: 1 },
    ]);
    expect(await rowOf(open.id)).toMatchObject({ state: 'PENDING' });
    expect(Object.keys((await rowOf(open.id)).touched as object).toSorted()).toEqual(['a', 'd']);
    expect(Object.keys(((await rowOf(open.id)).touched as { a: object }).a).toSorted()).toEqual(['b', 'c']);
  });

  it('of two of one kind sends one, with the metadata of both', async () => {
    const older = await givenDelivery({ state: 'DEAD' }, { a: 1 });
    const newer = await givenDelivery({ state: 'DEAD' }, { b: 1 });
    expect((await replay(client, [older, newer])).deliveries).toMatchObject([
      { id: older, state: 'SUPERSEDED' },
      { id: newer, state: 'PENDING' },
    ]);
    expect(Object.keys((await rowOf(newer)).touched as object).toSorted()).toEqual(['a', 'b']);
  });

  it('keeps the newest change where the open one is the older', async () => {
    const older = await givenDelivery({ state: 'DEAD' }, { a: 1 });
    const newer = await givenDelivery({ state: 'DEAD' }, { b: 1 });
    const change = (await newestDelivery(client, call)).change.id;
    await replay(client, [older]);
    await replay(client, [newer]);
    expect(await deliveriesOf(client, call)).toMatchObject([
      { id: newer, state: 'SUPERSEDED' },
      { id: older, state: 'PENDING', change: { id: change } },
    ]);
  });

  it('does not send a flow over a newer one or after a hang-up, unless that has failed too', async () => {
    const flow = async () => {
      await replaceCallFlow(client, { call: { id: call }, commands: [{ ringing: {} }] });
      const { id } = await newestDelivery(client, call);
      await setDelivery(gateway.database, id, { state: 'EXPIRED' });
      return id as string;
    };
    const [older, newer] = [await flow(), await flow()];
    const states = async (ids: string[]) =>
      (await replay(client, ids)).deliveries.map(({ state }: { state: string }) => state);
    expect(await states([older])).toEqual(['PENDING']);
    await discard(client, [older]);
    expect(await states([older, newer])).toEqual(['SUPERSEDED', 'PENDING']);
  });
});

describe('discardDeliveries', () => {
  it.each(DISCARDED)('gives a %s one up', async (state) => {
    const id = await givenDelivery({ state: state as 'DEAD' });
    expect(await discard(client, [id])).toMatchObject({
      deliveries: [{ id, state: 'DISCARDED', nextAttemptAt: null }],
      errors: [],
    });
  });

  it.each(DELIVERY_STATES.filter((state) => !DISCARDED.includes(state)))(
    'refuses a %s one by its place, and then writes nothing',
    async (state) => {
      const wrong = await givenDelivery({ state });
      const good = await givenDelivery({ state: 'PENDING' });
      const before = await fingerprint(gateway.database);
      expect(await discard(client, [good, wrong])).toEqual({
        deliveries: [],
        errors: [
          { code: 'INVALID', path: ['ids', '1'], message: expect.stringContaining(`${wrong} is ${state}`) },
        ],
      });
      expect(await fingerprint(gateway.database)).toEqual(before);
    },
  );
});

describe('a delivery that is discarded while it is being sent', () => {
  it.each([
    ['DELIVERED', 'DELIVERED'],
    ['DELIVERED_DIFFERENT', 'DELIVERED_DIFFERENT'],
    ['RETRYING', 'DISCARDED'],
    ['DEAD', 'DISCARDED'],
    ['INCOMPLETE', 'DISCARDED'],
  ])('and whose try ends %s is %s', async (end, state) => {
    await merge(client, call);
    const [sent] = await claimed(gateway.database, account);
    if (sent === undefined) return expect.fail('nothing was claimed');
    expect((await discard(client, [sent.id])).deliveries).toMatchObject([{ state: 'DISCARDED' }]);
    expect((await replay(client, [sent.id])).errors).toMatchObject([
      { code: 'INVALID', message: expect.stringContaining('being sent') },
    ]);
    expect(await settle(gateway.database, sent, end)).toEqual({ is_settled: true, state });
    expect(await rowOf(sent.id)).toMatchObject({ state, claim: null });
  });

  it('keeps its lane until then', async () => {
    await merge(client, call);
    const [sent] = await claimed(gateway.database, account);
    if (sent === undefined) return expect.fail('nothing was claimed');
    await discard(client, [sent.id]);
    await merge(client, call);
    expect(await claimed(gateway.database, account)).toEqual([]);
    await settle(gateway.database, sent, 'RETRYING');
    expect(await claimed(gateway.database, account)).toHaveLength(1);
  });
});

async function work(): Promise<void> {
  for (let round = 0; round < 20; round += 1) {
    for (const each of await claimed(gateway.database, account))
      await settle(gateway.database, each, 'RETRYING');
  }
}

it('replays against writers, workers and other replays leave one open delivery with all that changed', async () => {
  const dead: string[] = [];
  for (let index = 0; index < 6; index += 1)
    dead.push(await givenDelivery({ state: 'DEAD' }, { [`dead${index}`]: 1 }));
  const merged = Array.from({ length: 12 }, (_, index) => `live${index}`);
  await Promise.all([
    ...dead.map((id) => replay(client, [id])),
    ...merged.map((key) => merge(client, call, { [key]: 1 })),
    work(),
    upsertCall(client, { references: [{ system: 'BURKI', name: 'id', value: randomUUID() }] }),
  ]);
  const open = await deliveriesOf(client, call, { state: ['PENDING', 'RETRYING', 'INCOMPLETE'] });
  expect(open).toHaveLength(1);
  const touched = Object.keys((await rowOf(open[0].id)).touched as object);
  expect(touched.toSorted()).toEqual([...dead.map((_, index) => `dead${index}`), ...merged].toSorted());
});
