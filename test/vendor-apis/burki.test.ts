import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { givenCall, readCall, readHistory } from '../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { givenAccount } from '../support/vendors/accounts.js';
import { type FakeBurki, openBurki } from '../support/vendors/burki.js';
import { BURKI } from '../support/vendors/burki.spec.js';
import { REQUEST_BODY, REQUEST_EXAMPLE, RESPONSE } from '../vendors/burki-document.js';
import { forGateway, type VendorClient, vendorClient } from './vendor-client.js';

let gateway: TestGateway;
let owner: Client;
let burki: VendorClient;

const reference = (name: string, value: string) => ({ system: 'BURKI', name, value });
const named = (id: number, sid = `CA${id}`) => ({
  references: [reference('id', String(id)), reference('callSid', sid)],
});

/** The call of the document, before its request. */
const DOCUMENT_CALL = {
  ...named(101, 'CAxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'),
  assistant: { assistantId: '123', name: 'ServiceBot' },
  to: '+15551234567',
  customerNumber: '+15559876543',
  vendorStatus: 'completed',
  duration: 180,
  startedAt: '2024-01-15T10:00:00Z',
  endedAt: '2024-01-15T10:03:00Z',
  cost: { total: '0.05', llm: '0.02', tts: '0.01', stt: '0.01', telephony: '0.01', currency: 'USD' },
};

beforeAll(async () => {
  gateway = await openTestGateway();
  owner = await gateway.client();
  burki = vendorClient(gateway, BURKI, `Bearer ${owner.token}`);
});
afterAll(() => gateway.close());

describe('the document "Update Call Metadata"', () => {
  it('has a request that works by curl, and is answered word for word', async () => {
    const client = await gateway.client();
    const { id } = await givenCall(client, DOCUMENT_CALL);
    const answer = await vendorClient(gateway, BURKI, null).curl(
      forGateway(
        gateway,
        client.token,
        `curl -X PATCH "https://api.burki.dev/api/v1/calls/101/metadata" \\
  -H "Authorization: Bearer YOUR_API_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{
    "metadata": {
      "customer_id": "cust_abc123",
      "outcome": "appointment_scheduled"
    }
  }'`,
      ),
    );
    expect(answer).toMatchObject({ status: 200, body: RESPONSE });
    expect(answer.body).toEqual(RESPONSE);
    expect((await readHistory(client, id)).at(-1)).toMatchObject({
      kind: 'METADATA_MERGED',
      actor: 'test key',
      patch: REQUEST_EXAMPLE,
    });
  });

  it('has a template that works by curl once it names a call', async () => {
    await givenCall(owner, named(102));
    const answer = await burki.curl(
      forGateway(
        gateway,
        owner.token,
        `curl --request PATCH \\
  --url https://api.example.com/api/v1/calls/{call_id}/metadata \\
  --header 'Authorization: Bearer <token>' \\
  --header 'Content-Type: application/json' \\
  --data '{
  "metadata": {}
}'`.replace('{call_id}', '102'),
      ),
    );
    expect(answer).toMatchObject({ status: 200, body: { id: 102, call_meta: {} } });
  });

  it('has a 404, word for word, also for a call of another organization', async () => {
    const stranger = vendorClient(gateway, BURKI, `Bearer ${(await gateway.client()).token}`);
    await givenCall(owner, named(103));
    for (const id of [103, 999_999]) {
      const answer = await stranger.send(`PATCH /api/v1/calls/${id}/metadata`, { json: { metadata: {} } });
      expect(answer).toMatchObject({
        status: 404,
        body: { detail: `Call with ID ${id} not found in your organization` },
      });
    }
    expect(await stranger.send('GET /api/v1/calls/103')).toMatchObject({ status: 404 });
    expect(await stranger.send('GET /api/v1/calls/sid/CA103')).toMatchObject({
      status: 404,
      body: { detail: 'Call with SID CA103 not found in your organization' },
    });
    expect(await stranger.send('POST /api/v1/calls/CA103/terminate')).toMatchObject({ status: 404 });
    expect((await stranger.send('GET /api/v1/calls/')).body).toMatchObject({ items: [], total: 0 });
  });

  it('has a 422, word for word', async () => {
    const answer = await burki.send('PATCH /api/v1/calls/101/metadata', { json: {} });
    expect(answer).toMatchObject({
      status: 422,
      body: {
        detail: [{ loc: ['body', 'metadata'], msg: 'field required', type: 'value_error.missing' }],
      },
    });
  });

  it('merges and removes with null', async () => {
    const { id } = await givenCall(owner, { ...named(104), metadata: { keep: 1, nested: { a: 1, b: 2 } } });
    await burki.send('PATCH /api/v1/calls/104/metadata', { json: { metadata: REQUEST_BODY } });
    const { body } = await burki.send('PATCH /api/v1/calls/104/metadata', {
      json: { metadata: { ticket_id: null, nested: { a: null } } },
    });
    const { ticket_id, ...kept } = REQUEST_BODY;
    expect(body.call_meta).toEqual({ ...kept, keep: 1, nested: { b: 2 } });
    expect((await readCall(owner, id)).metadata).toEqual(body.call_meta);
  });
});

describe('a call', () => {
  it('is read by its id and by its SID', async () => {
    await givenCall(owner, { ...DOCUMENT_CALL, ...named(201) });
    const { body } = await burki.send('GET /api/v1/calls/201');
    expect(body).toEqual({ ...RESPONSE, id: 201, call_sid: 'CA201', call_meta: {} });
    expect((await burki.send('GET /api/v1/calls/sid/CA201')).body).toEqual(body);
  });

  it('of which Burki knows little has null there, and no invented value', async () => {
    await givenCall(owner, { references: [reference('callSid', 'CA202')] });
    const { body } = await burki.send('GET /api/v1/calls/sid/CA202');
    expect(body).toMatchObject({ id: null, assistant_id: null, to_phone_number: null, status: null });
  });

  it.each([
    ['ongoing', 'ongoing'],
    ['ringing', 'ongoing'],
    ['busy', 'failed'],
    ['no-answer', 'failed'],
    ['voicemail', 'completed'],
    ['gone fishing', 'gone fishing'],
  ])('that is %s is shown as %s', async (vendorStatus, status) => {
    const sid = `CA-${vendorStatus.replaceAll(' ', '')}`;
    await givenCall(owner, { references: [reference('callSid', sid)], vendorStatus });
    expect((await burki.send(`GET /api/v1/calls/sid/${sid}`)).body.status).toBe(status);
  });
});

describe('the list', () => {
  let lister: VendorClient;
  const sids = async (query: string): Promise<string[]> => {
    const { body } = await lister.send(`GET /api/v1/calls/${query}`);
    return body.items.map(({ call_sid }: { call_sid: string }) => call_sid);
  };

  beforeAll(async () => {
    const client = await gateway.client();
    lister = vendorClient(gateway, BURKI, `Bearer ${client.token}`);
    const call = (id: number, values: object) => givenCall(client, { ...named(id), ...values });
    const assistant = { assistantId: '7', name: 'Night Bot' };
    await call(1, { startedAt: '2024-01-01T10:00:00Z', duration: 10, vendorStatus: 'completed' });
    await call(2, { startedAt: '2024-01-03T10:00:00Z', duration: 30, vendorStatus: 'failed', assistant });
    await call(3, { customerNumber: '+15559876543', metadata: { a: { b: 1 }, tags: ['x', 'y'] } });
    await call(4, { startedAt: '2024-01-02T10:00:00Z', duration: 20, vendorStatus: 'ringing' });
    await givenCall(client, { startedAt: '2024-01-04T10:00:00Z' });
  });

  it('has the calls of Burki alone, those that started last first, with and without the slash', async () => {
    expect(await sids('')).toEqual(['CA2', 'CA4', 'CA1', 'CA3']);
    const { body } = await lister.send('GET /api/v1/calls');
    expect(body).toMatchObject({ total: 4, skip: 0, limit: 100 });
  });

  it('is paged', async () => {
    const { body } = await lister.send('GET /api/v1/calls/?skip=1&limit=2');
    expect(body).toMatchObject({ total: 4, skip: 1, limit: 2 });
    expect(body.items.map(({ id }: { id: number }) => id)).toEqual([4, 1]);
    expect(await sids('?skip=3&limit=2')).toEqual(['CA3']);
    expect(await sids('?skip=4')).toEqual([]);
  });

  it.each([
    ['?status=completed', ['CA1']],
    ['?status=failed', ['CA2']],
    ['?status=ongoing', ['CA4']],
    ['?status=in-progress', ['CA4']],
    ['?status=dreaming', []],
    ['?assistant_id=7', ['CA2']],
    ['?assistant_name=night', ['CA2']],
    ['?customer_phone=9876', ['CA3']],
    ['?customer_phone=%2B15559876543', ['CA3']],
    ['?call_sid=ca4', ['CA4']],
    ['?call_sid=%25', []],
    ['?date_from=2024-01-02T10:00:00Z', ['CA2', 'CA4']],
    ['?date_to=2024-01-02T10:00:00', ['CA4', 'CA1']],
    ['?date_from=2024-01-02&date_to=2024-01-03', ['CA4']],
    ['?date_from=2024-01-03&date_to=9999-12-31T23:59:59.999Z', ['CA2']],
    ['?min_duration=20', ['CA2', 'CA4']],
    ['?max_duration=20&min_duration=20', ['CA4']],
    [`?metadata=${encodeURIComponent('{"a":{"b":1},"tags":["y"]}')}`, ['CA3']],
    [`?metadata=${encodeURIComponent('{"a":{"b":2}}')}`, []],
  ])('%s finds %j', async (query, expected) => {
    expect(await sids(query)).toEqual(expected);
    expect((await lister.send(`GET /api/v1/calls/${query}`)).body.total).toBe(expected.length);
  });

  it.each([
    ['?limit=0', ['query', 'limit'], 'value_error.number.not_ge'],
    ['?limit=1001', ['query', 'limit'], 'value_error.number.not_le'],
    ['?skip=-1', ['query', 'skip'], 'value_error.number.not_ge'],
    ['?skip=many', ['query', 'skip'], 'type_error.integer'],
    ['?date_from=yesterday', ['query', 'date_from'], 'value_error.datetime'],
    ['?min_duration=99999999999', ['query', 'min_duration'], 'value_error.number.not_le'],
    ['?metadata=nothing', ['query', 'metadata'], 'value_error'],
    ['?metadata=%5B1%5D', ['query', 'metadata'], 'value_error'],
    ['?call_sid=%00', ['query', 'call_sid'], 'value_error'],
  ])('%s is 422', async (query, loc, type) => {
    const { status, body } = await lister.send(`GET /api/v1/calls/${query}`);
    expect({ status, detail: body.detail }).toMatchObject({ status: 422, detail: [{ loc, type }] });
  });
});

describe('terminate', () => {
  it('ends a call, once', async () => {
    const { id } = await givenCall(owner, { ...named(301), vendorStatus: 'ongoing' });
    expect(await burki.send('POST /api/v1/calls/CA301/terminate')).toMatchObject({
      status: 200,
      body: { success: true },
    });
    expect(await readCall(owner, id)).toMatchObject({ status: 'COMPLETED' });
    expect(await burki.send('POST /api/v1/calls/CA301/terminate')).toMatchObject({
      status: 400,
      body: { detail: "Cannot terminate call - current status is 'completed'" },
    });
  });

  it('takes the content type of a body that is not there', async () => {
    await givenCall(owner, { ...named(302), vendorStatus: 'ongoing' });
    const answer = await burki.curl(
      `curl -X POST ${new URL(gateway.url).origin}/api/v1/calls/CA302/terminate -H 'Content-Type: application/json' -H 'Authorization: Bearer ${owner.token}'`,
    );
    expect(answer).toMatchObject({ status: 200 });
  });
});

describe('what is refused', () => {
  const path = 'PATCH /api/v1/calls/101/metadata';

  it('is in the shape of Burki', async () => {
    const detailOf = async (line: string, sent?: Parameters<VendorClient['send']>[1]) => {
      const { status, body } = await burki.send(line, sent);
      return { status, detail: body.detail };
    };
    const invalid = (loc: string[], type: string) => ({ status: 422, detail: [{ loc, type }] });
    const raw = (text: string, type = 'application/json') => ({ raw: { text, type } });

    expect(await detailOf(path, { json: { metadata: 'x' } })).toMatchObject(
      invalid(['body', 'metadata'], 'type_error.dict'),
    );
    expect(await detailOf(path, { json: { metadata: null } })).toMatchObject(
      invalid(['body', 'metadata'], 'type_error.dict'),
    );
    expect(await detailOf(path, { json: { metadata: [1] } })).toMatchObject(
      invalid(['body', 'metadata'], 'type_error.dict'),
    );
    expect(await detailOf(path, { json: [] })).toMatchObject(invalid(['body'], 'type_error.dict'));
    expect(await detailOf(path)).toMatchObject(invalid(['body'], 'value_error.missing'));
    expect(await detailOf(path, raw('{"metadata":'))).toMatchObject(
      invalid(['body'], 'value_error.jsondecode'),
    );
    expect(await detailOf(path, raw('{}', 'text/plain'))).toMatchObject(invalid(['body'], 'type_error.dict'));
    expect(await detailOf(path, raw('{"metadata":{"n":1e999}}'))).toMatchObject(
      invalid(['body', 'metadata'], 'value_error'),
    );
    expect(await detailOf(path, { json: { metadata: { big: 'x'.repeat(300_000) } } })).toMatchObject({
      status: 404,
    });
    expect(await detailOf('GET /api/v1/calls/one')).toMatchObject(
      invalid(['path', 'call_id'], 'type_error.integer'),
    );
    expect(await detailOf('GET /api/v1/calls/9007199254740993')).toMatchObject(
      invalid(['path', 'call_id'], 'value_error.number.not_le'),
    );
    expect(await detailOf('GET /api/v1/calls/sid/%00')).toMatchObject({ status: 404 });
  });

  it('says that metadata is too large or too deep', async () => {
    await givenCall(owner, named(401));
    const send = (metadata: object) => burki.send('PATCH /api/v1/calls/401/metadata', { json: { metadata } });
    expect(await send({ big: 'x'.repeat(300_000) })).toMatchObject({
      status: 422,
      body: { detail: [{ loc: ['body', 'metadata'], msg: expect.stringContaining('262144 bytes') }] },
    });
    let deep = {};
    for (let level = 0; level < 40; level += 1) deep = { deep };
    expect(await send(deep)).toMatchObject({
      status: 422,
      body: { detail: [{ loc: ['body', 'metadata'], msg: expect.stringContaining('32 levels') }] },
    });
    expect(await send({ huge: 'x'.repeat(5_000_000) })).toMatchObject({ status: 413 });
  });

  it('is 401 without a key, before all else', async () => {
    for (const authorization of [null, 'Bearer sb_unknown', 'Basic eA==']) {
      const answer = await vendorClient(gateway, BURKI, authorization).send(path, { json: {} });
      expect(answer).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer' } });
      expect(answer.body).toEqual({ detail: expect.stringContaining('Authentication required') });
    }
  });

  it('is 403 without the scope', async () => {
    const reader = await gateway.client({ scopes: ['CALLS_READ'] });
    const client = vendorClient(gateway, BURKI, `Bearer ${reader.token}`);
    expect(await client.send(path, { json: { metadata: {} } })).toMatchObject({
      status: 403,
      body: { detail: 'This API key lacks the scope METADATA_WRITE.' },
    });
    expect(await client.send('POST /api/v1/calls/CA101/terminate')).toMatchObject({
      status: 403,
      body: { detail: 'This API key lacks the scope CALLS_WRITE.' },
    });
    expect(await client.send('GET /api/v1/calls/')).toMatchObject({ status: 200 });
  });

  it('is in its shape on a path that Burki has and the gateway has not', async () => {
    const { origin } = new URL(gateway.url);
    const answer = await fetch(`${origin}/api/v1/calls/101/webhook-logs`, { redirect: 'error' });
    expect(answer.status).toBe(404);
    expect(await answer.json()).toEqual({ detail: expect.any(String) });
  });
});

describe('a write', () => {
  let fake: FakeBurki;
  afterAll(() => fake.close());

  it('is delivered to Burki', async () => {
    const client = await gateway.client();
    fake = await openBurki();
    await givenAccount(client, { system: 'BURKI', url: fake.url });
    fake.add({ id: 501, call_sid: 'CA501' });
    await givenCall(client, { ...named(501), vendorStatus: 'ongoing' });
    const program = vendorClient(gateway, BURKI, `Bearer ${client.token}`);
    await program.send('PATCH /api/v1/calls/501/metadata', { json: { metadata: { from: 'program' } } });
    await program.send('POST /api/v1/calls/CA501/terminate');
    await expect.poll(() => fake.calls.get(501)?.call_meta, { timeout: 60_000 }).toEqual({ from: 'program' });
    await expect.poll(() => fake.calls.get(501)?.status, { timeout: 60_000 }).toBe('completed');
    expect(fake.violations).toEqual([]);
  });
});
