import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeBird, openBird } from '../support/vendors/bird.js';
import { type FakeBurki, openBurki } from '../support/vendors/burki.js';
import { type FakeCreovai, openCreovai } from '../support/vendors/creovai.js';
import { type Chaos, type Fate, fates } from '../support/vendors/misbehaviour.js';
import { earlyRequests, mostInFlight, type SeenRequest } from '../support/vendors/observations.js';
import { sendRequest } from '../support/vendors/send-request.js';
import { type FakeVcita, openVcita } from '../support/vendors/vcita.js';
import { EXAMPLE } from './vcita-document.js';

const BURKI_KEY = { credential: 'Bearer burki-key' };
const METADATA = 'PATCH /api/v1/calls/101/metadata';
const merge = (burki: FakeBurki, metadata: object, signal?: AbortSignal) =>
  sendRequest(burki, METADATA, { ...BURKI_KEY, json: { metadata }, signal });
const failed = (request: Promise<unknown>) => expect(request).rejects.toThrow();

const CHAOS: Chaos = {
  ...{ seed: 7, unavailable: 0.1, appliedThenTimedOut: 0.05 },
  limited: { share: 0.05, retryAfter: 600 },
};
const STATUSES: Record<Fate, number | undefined> = {
  ...{ served: 200, unavailable: 503, limited: 429, appliedThenTimedOut: undefined },
};

describe('the fake Burki', () => {
  let burki: FakeBurki;
  beforeEach(async () => {
    burki = await openBurki();
    burki.add({ id: 101, call_meta: { a: { b: 1, c: 2 }, d: 3 } });
  });
  afterEach(() => burki.close());

  it('merges the top level, and keeps null', async () => {
    const { body } = await merge(burki, { a: { b: null }, d: null });
    expect(body.call_meta).toEqual({ a: { b: null }, d: null });
  });

  it('merges all levels, and removes what is null', async () => {
    burki.merging = 'deep';
    const { body } = await merge(burki, { a: { b: null, e: { f: null } }, d: null, g: [null] });
    expect(body.call_meta).toEqual({ a: { c: 2, e: {} }, g: [null] });
  });

  it('terminates a call once', async () => {
    const terminate = () => sendRequest(burki, 'POST /api/v1/calls/CA101/terminate', BURKI_KEY);
    expect(await terminate()).toMatchObject({ status: 200, body: { success: true } });
    expect(await terminate()).toMatchObject({
      status: 400,
      body: { detail: "Cannot terminate call - current status is 'completed'" },
    });
  });

  it('says where a request is wrong', async () => {
    const { body } = await sendRequest(burki, METADATA, { ...BURKI_KEY, json: {} });
    const detail = [{ loc: ['body', 'metadata'], msg: 'Field required', type: 'missing' }];
    expect(body).toEqual({ detail });
  });

  it('finds calls', async () => {
    burki.add({ id: 102, started_at: '2024-01-15T11:00:00', customer_phone_number: '+351910648518' });
    const idsOf = async (query: string) => {
      const { body } = await sendRequest(burki, `GET /api/v1/calls/?${query}`, BURKI_KEY);
      return body.items.map(({ id }: { id: number }) => id);
    };
    expect(await idsOf('limit=1')).toEqual([102]);
    expect(await idsOf('skip=1')).toEqual([101]);
    expect(await idsOf('customer_phone=35191')).toEqual([102]);
    expect(await idsOf('date_to=2024-01-15T10:30:00Z')).toEqual([101]);
  });

  it('counts a wrong key as no violation, and a missing one as one', async () => {
    const line = 'GET /api/v1/calls/101';
    const answer = { status: 401, body: { detail: 'Authentication required.' } };
    expect(await sendRequest(burki, line, { credential: 'Bearer other' })).toMatchObject(answer);
    expect(burki.violations).toEqual([]);
    expect(await sendRequest(burki, line)).toMatchObject(answer);
    expect(burki.violations).toEqual(['GET /api/v1/calls/101: no "Bearer" in Authorization']);
  });

  it('forgets calls for a while', async () => {
    burki.behave({ forget: (key) => key === '101' });
    expect(await merge(burki, {})).toMatchObject({ status: 404 });
    burki.behave({});
    expect(await merge(burki, {})).toMatchObject({ status: 200 });
  });

  it('answers as it is made to', async () => {
    burki.behave({ delay: () => 1, refuse: () => ({ status: 422, body: { detail: 'no' } }) });
    expect(await merge(burki, { d: 4 })).toMatchObject({ status: 422, body: { detail: 'no' } });
    expect(burki.calls.get(101)?.call_meta).toMatchObject({ d: 3 });
    expect(burki.violations).toEqual([]);
  });

  it('keeps requests that hang, and does not apply one whose client has gone', async () => {
    burki.behave({ hang: ({ body }) => JSON.stringify(body).includes('hangs') });
    const gone = new AbortController();
    const abandoned = merge(burki, { hangs: 1 }, gone.signal);
    await expect.poll(() => burki.requests.length).toBe(1);
    gone.abort();
    await failed(abandoned);
    await expect.poll(() => burki.requests[0]?.isAbandoned).toBe(true);
    const kept = merge(burki, { hangs: 2 });
    await expect.poll(() => burki.requests[1]?.callKey).toBe('101');
    expect(await merge(burki, { d: 4 })).toMatchObject({ status: 200 });
    expect(burki.mostInFlight('101')).toBe(2);
    await turn();
    burki.release();
    expect(await kept).toMatchObject({ status: 200, body: { call_meta: { hangs: 2, d: 4 } } });
    expect(burki.requests.map(({ isApplied }) => isApplied)).toEqual([false, true, true]);
  });

  it('is away, and comes back on its port', async () => {
    const { port } = burki;
    await merge(burki, { d: 4 });
    burki.behave({ hang: () => true });
    const hanging = failed(merge(burki, { d: 5 }));
    await expect.poll(() => burki.requests[1]?.callKey).toBe('101');
    burki.behave({ away: true });
    await hanging;
    await failed(merge(burki, { d: 5 }));
    expect(burki.knocks.length).toBeGreaterThan(0);
    burki.behave({});
    expect(await merge(burki, { d: 6 })).toMatchObject({ status: 200 });
    await burki.close();
    await failed(merge(burki, { d: 7 }));
    await burki.listen();
    expect(burki.port).toBe(port);
    expect(await merge(burki, {})).toMatchObject({ body: { call_meta: { d: 6 } } });
    expect(burki.requests).toHaveLength(4);
  });

  it('answers in chaos what its seed says', async () => {
    burki.behave({ chaos: CHAOS });
    const nextFate = fates(CHAOS);
    for (let sent = 0; sent < 60; sent += 1) {
      const fate = nextFate();
      const answer = await merge(burki, { sent }).catch(() => null);
      expect(answer?.status).toBe(STATUSES[fate]);
      const isApplied = fate === 'served' || fate === 'appliedThenTimedOut';
      expect(burki.requests.at(-1)).toMatchObject({ isApplied, isAbandoned: false });
      expect(burki.calls.get(101)?.call_meta?.sent === sent).toBe(isApplied);
    }
    expect(burki.requests.find(({ status }) => status === 429)).toMatchObject({ retryAfter: 600_000 });
    expect(burki.violations[0]).toMatch(
      /^PATCH \/api\/v1\/calls\/101\/metadata came \d+ ms before Retry-After$/,
    );
  });
});

it('the fates of requests have the shares that were asked for', () => {
  const nextFate = fates(CHAOS);
  const drawn = Array.from({ length: 100_000 }, nextFate);
  const count = (fate: Fate) => Math.round(drawn.filter((each) => each === fate).length / 1000);
  expect([count('unavailable'), count('appliedThenTimedOut'), count('limited')]).toEqual([10, 5, 5]);
  expect(drawn.map(fates(CHAOS))).toEqual(drawn);
  expect(drawn.map(fates({ ...CHAOS, seed: 8 }))).not.toEqual(drawn);
});

describe('the fake Creovai', () => {
  let creovai: FakeCreovai;
  beforeEach(async () => {
    creovai = await openCreovai();
  });
  afterEach(() => creovai.close());

  const token = async (client_secret = 'creovai-secret') => {
    const form = { grant_type: 'client_credentials', client_id: 'creovai-client', client_secret };
    const { status, body } = await sendRequest(creovai, 'POST /Token', { form });
    return { status, credential: `Bearer ${body.access_token}` };
  };
  const event = (credential: string, eventTime: string, metadata: object) =>
    sendRequest(creovai, 'POST /callevent/v1/outofband/event', {
      credential,
      json: { SessionId: 'abc', eventTime, metadata },
    });

  it('keeps for each field the value of the latest event', async () => {
    const { credential } = await token();
    await event(credential, '2024-01-15T10:00:02Z', { a: 2, B: 2 });
    expect(await event(credential, '2024-01-15T10:00:01Z', { a: 1, c: 1 })).toMatchObject({
      status: 200,
      body: '',
    });
    const { fields, events } = creovai.session('abc') ?? { fields: new Map(), events: [] };
    expect(Object.fromEntries([...fields].map(([name, { value }]) => [name, value]))).toEqual({
      ...{ a: 2, B: 2, c: 1 },
    });
    expect(events).toHaveLength(2);
    expect(creovai.requests.at(-1)).toMatchObject({ callKey: 'abc', operation: 'event' });
  });

  it('takes only tokens that it has issued and that have not ended', async () => {
    const { credential } = await token();
    expect(await token('other')).toMatchObject({ status: 401 });
    expect(creovai.tokensIssued).toBe(1);
    const send = (one: string) => event(one, '2024-01-15T10:00:02Z', {});
    expect(await send(credential)).toMatchObject({ status: 200 });
    expect(await send('Bearer other')).toMatchObject({ status: 401 });
    creovai.revokeTokens();
    expect(await send(credential)).toMatchObject({ status: 401 });
    creovai.expiresIn = 0;
    expect(await send((await token()).credential)).toMatchObject({ status: 401 });
    expect(creovai.violations).toEqual([]);
  });
});

describe('the fake vcita', () => {
  let vcita: FakeVcita;
  beforeEach(async () => {
    vcita = await openVcita();
  });
  afterEach(() => vcita.close());

  const PATH = '/v3/communication/voice_calls';
  const credential = 'Bearer vcita-token';

  it('gives uids, updates, and finds by source_id what can be read back', async () => {
    const { price, duration, call_summary, external_app_url, external_app_name, recording_id, ...rest } =
      EXAMPLE;
    const json = { ...rest, business_uid: 'b' };
    const { body: created } = await sendRequest(vcita, `POST ${PATH}`, { credential, json });
    await sendRequest(vcita, `POST ${PATH}`, { credential, json: { ...json, source_id: 'other' } });
    await sendRequest(vcita, `PUT ${PATH}/${created.data.uid}`, { credential, json: EXAMPLE });
    const query = `filter[source_id][eq]=${EXAMPLE.source_id}`;
    const { body: list } = await sendRequest(vcita, `GET ${PATH}?${query}`, { credential });
    expect(list.data.voice_calls).toHaveLength(1);
    expect(list.data.voice_calls[0]).toMatchObject({ uid: created.data.uid, call_summary });
    expect(list.data.voice_calls[0]).not.toHaveProperty('rate');
    expect(vcita.voiceCalls.get(created.data.uid)?.written).toEqual({ ...EXAMPLE, business_uid: 'b' });
    expect(vcita.mostInFlight(EXAMPLE.source_id)).toBe(1);
  });

  it('refuses in its own words', async () => {
    vcita.business = 'business-1';
    const unauthorized = { success: false, errors: [{ code: 'unauthorized', message: 'Unauthorized' }] };
    expect(await sendRequest(vcita, `GET ${PATH}`, { credential })).toMatchObject({
      status: 401,
      body: unauthorized,
    });
    const headers = { 'x-on-behalf-of': 'business-1' };
    const json = { ...EXAMPLE, rate: 1 };
    expect(await sendRequest(vcita, `PUT ${PATH}/1`, { credential, headers, json })).toMatchObject({
      status: 422,
      body: { success: false, errors: [{ code: 'invalid', field: 'rate' }] },
    });
  });
});

describe('the fake Bird', () => {
  let bird: FakeBird;
  beforeEach(async () => {
    bird = await openBird();
  });
  afterEach(() => bird.close());

  const credential = 'AccessKey bird-key';
  const WORKSPACE = '3fa85f64-5717-4562-b3fc-2c963f66afa6';
  const CHANNEL = 'db53c357-92e3-4f3d-babe-159573940a50';

  it('starts flows, and takes nothing more once the call is hung up', async () => {
    const call = bird.add({ workspaceId: WORKSPACE, channelId: CHANNEL });
    const patch = (json: object) =>
      sendRequest(bird, `PATCH /workspaces/${WORKSPACE}/channels/${CHANNEL}/calls/${call.id}`, {
        ...{ credential, json },
      });
    const sent = [{ command: 'say', options: { text: 'Hello' } }];
    await patch({ callFlow: [{ command: 'answer' }] });
    const { status, body, headers } = await patch({ callFlow: sent });
    expect({ status, flow: body.callFlow }).toMatchObject({
      status: 202,
      flow: { id: call.flows[1]?.id, commands: [{ command: 'say', status: 'accepted' }] },
    });
    expect(headers).toHaveProperty('messagebird-request-id');
    expect(call.flows.map((flow) => flow.sent)).toEqual([[{ command: 'answer' }], sent]);
    expect(await patch({ status: 'completed' })).toMatchObject({
      status: 202,
      body: { status: 'completed' },
    });
    expect(await patch({ callFlow: sent })).toMatchObject({ status: 422, body: {} });
    expect(bird.requests.map(({ kind }) => kind)).toEqual(['update', 'update', 'hangUp', 'update']);
    expect(bird.violations).toEqual([]);
  });

  it('lists calls page by page', async () => {
    const calls = [1, 2, 3].map(() => bird.add({ workspaceId: WORKSPACE, channelId: CHANNEL }));
    bird.add({ workspaceId: CHANNEL, channelId: CHANNEL });
    const list = (query: string) =>
      sendRequest(bird, `GET /workspaces/${WORKSPACE}/channels/calls?${query}`, { credential });
    const { body } = await list('limit=2');
    const { body: rest } = await list(`limit=2&pageToken=${body.nextPageToken}`);
    expect([...body.results, ...rest.results].map(({ id }) => id)).toEqual(calls.map(({ id }) => id));
    expect(rest).not.toHaveProperty('nextPageToken');
  });
});

describe('what a fake vendor has seen', () => {
  const seen = (at: number, endedAt: number | null, more: Partial<SeenRequest> = {}): SeenRequest => ({
    ...{ at, endedAt, isAbandoned: false, method: 'PATCH', path: '/', query: {}, headers: {}, body: {} },
    ...{ operation: 'update', kind: 'update', callKey: 'a', status: 200, retryAfter: null, isApplied: true },
    ...more,
  });

  it('is how many requests a call had at a time', () => {
    expect(mostInFlight([])).toBe(0);
    expect(mostInFlight([seen(0, 10), seen(10, 20), seen(15, 30, { callKey: 'b' })])).toBe(1);
    expect(mostInFlight([seen(0, 10), seen(9, 20), seen(15, null)])).toBe(2);
    expect(mostInFlight([seen(0, null), seen(9, 20), seen(15, null)], 'a')).toBe(3);
    expect(mostInFlight([seen(0, null), seen(9, 20)], 'b')).toBe(0);
    // The client that left a request and sent it again is seen to leave a little later.
    expect(mostInFlight([seen(0, 1000, { isAbandoned: true }), seen(990, 1010)])).toBe(1);
    expect(mostInFlight([seen(0, 1000, { isAbandoned: true }), seen(900, 1010)])).toBe(2);
  });

  it('is which requests came too early', () => {
    const limited = seen(0, 10, { status: 429, retryAfter: 2000 });
    expect(earlyRequests([limited, seen(2010, 2020)])).toEqual([]);
    expect(earlyRequests([limited, seen(1900, 1910)])).toEqual(['PATCH / came 100 ms before Retry-After']);
    expect(
      earlyRequests([limited, seen(20, 30, { kind: 'hangUp' }), seen(20, 30, { callKey: 'b' })]),
    ).toEqual([]);
  });
});
