import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { camelCase, snakeCase } from '../../src/vendor-apis/vcita/vcita-voice-call.js';
import { VOICE_CALL_FIELDS } from '../../src/voice-calls/voice-call-values.js';
import { createVoiceCall, readCall, readCalls, readHistory } from '../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { givenAccount } from '../support/vendors/accounts.js';
import { type FakeVcita, openVcita } from '../support/vendors/vcita.js';
import { VCITA } from '../support/vendors/vcita.spec.js';
import { EXAMPLE, VOICE_CALL } from '../vendors/vcita-document.js';
import { forGateway, type VendorClient, vendorClient } from './vendor-client.js';

const PATH = '/v3/communication/voice_calls';

let gateway: TestGateway;
let owner: Client;
let vcita: VendorClient;
let names = 0;

const clientOf = ({ token }: Client) => vendorClient(gateway, VCITA, `Bearer ${token}`);
const unique = () => {
  names += 1;
  return { source_id: `source-${names}`, external_uuid: `external-${names}` };
};
const { price, duration, call_summary, external_app_url, external_app_name, recording_id, ...CREATED } =
  EXAMPLE;
const creation = (values: object = {}) => ({
  ...CREATED,
  ...unique(),
  business_uid: 'business-1',
  ...values,
});

/** A voice call that vcita knows by this uid. */
async function known(client: Client, uid: string, values: object = {}) {
  const input = { ...VOICE_CALL, uid, sourceId: `source ${uid}`, externalUuid: `external ${uid}`, ...values };
  const { voiceCall, errors } = await createVoiceCall(client, { input });
  expect(errors).toEqual([]);
  return voiceCall;
}

beforeAll(async () => {
  gateway = await openTestGateway();
  owner = await gateway.client();
  vcita = clientOf(owner);
});
afterAll(() => gateway.close());

describe('the document "Update a VoiceCall"', () => {
  it('has a request that works by curl', async () => {
    const voiceCall = await known(owner, 'uid-1', { status: 'INCOMING_CALL' });
    const body = JSON.stringify({ ...EXAMPLE, source_id: 'source uid-1', external_uuid: 'external uid-1' });
    const answer = await vcita.curl(
      forGateway(
        gateway,
        owner.token,
        `curl -X PUT "https://api.vcita.biz/v3/communication/voice_calls/uid-1" \\
  -H "Authorization: Bearer YOUR_API_KEY" -H "Content-Type: application/json" -d '${body}'`,
      ),
    );
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      success: true,
      data: {
        ...CREATED,
        ...{ uid: 'uid-1', source_id: 'source uid-1', external_uuid: 'external uid-1' },
        ...{ rate: undefined, provider: undefined },
        ...{ duration, call_summary, external_app_url, external_app_name },
        ...{ recording: { uid: recording_id }, handled_by_staff_uid: null, handled_at: null },
        ...{ deleted_at: null, transcript_status: null },
        created_at: expect.stringMatching(/^\d{4}-.*Z$/),
        updated_at: expect.stringMatching(/^\d{4}-.*Z$/),
      },
    });
    expect((await readCall(owner, voiceCall.call.id)).voiceCall).toMatchObject({
      rate: '0.05',
      price: '1.50',
    });
    expect((await readHistory(owner, voiceCall.call.id)).at(-1)).toMatchObject({
      kind: 'VOICE_CALL_UPDATED',
      actor: 'test key',
    });
  });

  it.each(['VOICEMAIL_RECEIVED', 'VOICEMAIL'])(
    'has the status %s, which is answered by its name today',
    async (status) => {
      await known(owner, `voicemail ${status}`);
      const path = `PUT ${PATH}/voicemail%20${status}`;
      const names = {
        source_id: `source voicemail ${status}`,
        external_uuid: `external voicemail ${status}`,
      };
      // The specification that the answers are checked by has the newer word alone.
      expect((await vcita.send(path, { json: { ...EXAMPLE, ...names, status } })).body.data.status).toBe(
        'VOICEMAIL',
      );
    },
  );

  it('replaces the whole: a handler that is left out is gone', async () => {
    await known(owner, 'uid-2');
    const names = { source_id: 'source uid-2', external_uuid: 'external uid-2' };
    const put = (more: object) =>
      vcita.send(`PUT ${PATH}/uid-2`, { json: { ...EXAMPLE, ...names, ...more } });
    expect((await put({ handled_by_staff_uid: 'staff-7' })).body.data.handled_by_staff_uid).toBe('staff-7');
    expect((await put({})).body.data.handled_by_staff_uid).toBeNull();
  });
});

describe('a voice call', () => {
  it('is created, read and updated by the uid of the answer', async () => {
    const client = await gateway.client();
    const program = clientOf(client);
    const { body } = await program.send(`POST ${PATH}`, { json: creation() });
    expect(body.data.uid).toMatch(/^voice_call_/);
    expect((await program.send(`GET ${PATH}/${body.data.uid}`)).body).toEqual(body);
    const { source_id, external_uuid } = body.data;
    const json = { ...EXAMPLE, source_id, external_uuid, status: 'MISSED_CALL_HANDLED' };
    const updated = await program.send(`PUT ${PATH}/${body.data.uid}`, { json });
    expect(updated.body.data).toMatchObject({ uid: body.data.uid, status: 'MISSED_CALL_HANDLED' });
    const [call] = await readCalls(client);
    expect(call).toMatchObject({ status: 'NO_ANSWER', voiceCall: { sourceId: source_id } });
  });

  it('that is there already is refused', async () => {
    const json = creation();
    expect(await vcita.send(`POST ${PATH}`, { json })).toMatchObject({ status: 200 });
    expect(await vcita.send(`POST ${PATH}`, { json })).toMatchObject({
      status: 422,
      body: { errors: [{ code: 'already_exists' }] },
    });
  });

  it('of another organization is not found', async () => {
    const { id } = await known(owner, 'uid-3');
    const stranger = clientOf(await gateway.client());
    for (const uid of ['uid-3', id, 'no-such', '%00', '%20']) {
      const expected = { status: 404, body: { success: false, errors: [{ code: 'not_found' }] } };
      expect(await stranger.send(`GET ${PATH}/${uid}`)).toMatchObject(expected);
      expect(await stranger.send(`PUT ${PATH}/${uid}`, { json: EXAMPLE })).toMatchObject(expected);
    }
    expect((await stranger.send(`GET ${PATH}`)).body.data).toEqual({ voice_calls: [] });
  });

  it('of another staff member is forbidden to a STAFF key', async () => {
    const client = await gateway.client();
    const { organization } = (await client.ask('{ viewer { organization { slug } } }')).viewer;
    await known(client, 'uid-4');
    const staff = await gateway.client({ organization: organization.slug, kind: 'STAFF', staffUid: 'other' });
    const answer = await clientOf(staff).send(`PUT ${PATH}/uid-4`, {
      json: { ...EXAMPLE, source_id: 'source uid-4', external_uuid: 'external uid-4' },
    });
    expect(answer).toMatchObject({ status: 403, body: { errors: [{ code: 'forbidden' }] } });
  });
});

describe('the list', () => {
  let lister: VendorClient;
  const uids = async (query: string): Promise<string[]> => {
    const { body } = await lister.send(`GET ${PATH}${query}`);
    return body.data.voice_calls.map(({ uid }: { uid: string }) => uid);
  };
  let updatedAt: string;

  beforeAll(async () => {
    const client = await gateway.client();
    lister = clientOf(client);
    await known(client, 'a', { duration: 1, status: 'MISSED', fromNumber: '+14155550001' });
    await known(client, 'b', { duration: 2, status: 'ANSWERED_BY_STAFF', staffUid: 'staff-b' });
    await known(client, 'c', { duration: null, status: 'MISSED' });
    updatedAt = (await lister.send(`GET ${PATH}/c`)).body.data.updated_at;
    const json = { ...EXAMPLE, source_id: 'source a', external_uuid: 'external a', duration: 3 };
    await lister.send(`PUT ${PATH}/a`, { json });
  });

  it.each([
    ['', ['a', 'c', 'b']],
    ['?sort=updated_at:asc', ['b', 'c', 'a']],
    ['?sort=created_at:asc', ['a', 'b', 'c']],
    ['?sort=duration:desc', ['a', 'b', 'c']],
    ['?sort=status:asc,created_at:desc', ['b', 'c', 'a']],
    ['?per_page=2', ['a', 'c']],
    ['?per_page=2&page=2', ['b']],
    ['?page=2', []],
    ['?filter[status]=MISSED&sort=created_at:asc', ['a', 'c']],
    ['?filter[staff_uid][eq]=staff-b', ['b']],
    ['?filter[source_id][eq]=source%20c', ['c']],
    ['?filter[duration][gte]=3', ['a']],
    ['?filter[duration][lt]=3', ['b']],
    ['?filter[from_number]=14155550148&sort=created_at:asc', ['a', 'b', 'c']],
    ['?filter[created_at][gt]=2999-01-01', []],
  ])('%s has %j', async (query, expected) => {
    expect(await uids(query)).toEqual(expected);
  });

  it('can be polled for what has changed', async () => {
    const query = `?sort=updated_at:asc&filter[updated_at][gt]=${encodeURIComponent(updatedAt)}`;
    expect(await uids(query)).toEqual(['a']);
  });

  it.each([
    ['?per_page=0', 'per_page'],
    ['?per_page=101', 'per_page'],
    ['?page=0', 'page'],
    ['?page=x', 'page'],
    ['?sort=rate:asc', 'sort'],
    ['?sort=status:up', 'sort'],
    ['?filter[rate]=1', 'filter[rate]'],
    ['?filter[status][like]=M', 'filter[status][like]'],
    ['?filter[created_at][gt]=now', 'filter[created_at][gt]'],
    ['?filter[duration][gt]=long', 'filter[duration][gt]'],
    ['?filter[status]=%00', 'filter[status]'],
  ])('%s is 422 for %s', async (query, field) => {
    expect(await lister.send(`GET ${PATH}${query}`)).toMatchObject({
      status: 422,
      body: { success: false, errors: [{ code: 'invalid', field }] },
    });
  });
});

describe('what is refused', () => {
  it('names each field that is missing', async () => {
    const { business_uid, ...body } = creation();
    const { status, body: answer } = await vcita.send(`POST ${PATH}`, { json: { ...body, rate: undefined } });
    expect(status).toBe(422);
    expect(answer.errors).toEqual([
      { code: 'required', message: 'rate is required', field: 'rate' },
      { code: 'required', message: 'business_uid is required', field: 'business_uid' },
    ]);
    const { body: whole } = await vcita.send(`PUT ${PATH}/uid-1`, { json: {} });
    expect(whole.errors).toHaveLength(16);
  });

  it.each([
    [{ rate: 0.05 }, 'rate', 'must be string'],
    [{ rate: '5c' }, 'rate', 'is not a Decimal'],
    [{ from_number: 'home' }, 'from_number', 'is not a PhoneNumber'],
    [{ status: 'missed' }, 'status', 'must be equal to one of the allowed values'],
    [{ provider: 'OTHER' }, 'provider', 'must be equal to one of the allowed values'],
    [{ source_id: '' }, 'source_id', 'must not be empty'],
    [{ staff_uid: null }, 'staff_uid', 'must be string'],
    [{ client_uid: '\0' }, 'client_uid', 'NUL'],
  ])('says what is wrong with %j', async (values, field, message) => {
    expect(await vcita.send(`POST ${PATH}`, { json: creation(values) })).toMatchObject({
      status: 422,
      body: { errors: [{ code: 'invalid', field, message: expect.stringContaining(message) }] },
    });
  });

  it.each([
    [{ duration: 1.5 }, 'duration'],
    [{ duration: '120' }, 'duration'],
    [{ duration: -1 }, 'duration'],
    [{ duration: 9e12 }, 'duration'],
    [{ external_app_url: 'javascript:alert(1)' }, 'external_app_url'],
  ])('says what is wrong with an update: %j', async (values, field) => {
    expect(await vcita.send(`PUT ${PATH}/uid-1`, { json: { ...EXAMPLE, ...values } })).toMatchObject({
      status: 422,
      body: { errors: [{ code: 'invalid', field }] },
    });
  });

  it('is in the shape of vcita, whatever is sent', async () => {
    const send = (text: string, type = 'application/json') =>
      vcita.send(`POST ${PATH}`, { raw: { text, type } });
    expect(await send('{')).toMatchObject({ status: 400, body: { errors: [{ code: 'bad_request' }] } });
    expect(await send('[]')).toMatchObject({ status: 422 });
    expect(await send('')).toMatchObject({ status: 422 });
    expect(await send('<a/>', 'text/xml')).toMatchObject({ status: 415 });
    expect(await send(JSON.stringify('x'.repeat(5_000_000)))).toMatchObject({ status: 413 });
  });

  it('is 401 without a key, and 403 without the scope', async () => {
    expect(await vendorClient(gateway, VCITA, null).send(`POST ${PATH}`, { json: {} })).toMatchObject({
      status: 401,
      body: { success: false, errors: [{ code: 'unauthenticated', message: 'Unauthorized' }] },
    });
    const reader = await gateway.client({ scopes: ['CALLS_WRITE'] });
    for (const line of [`POST ${PATH}`, `PUT ${PATH}/uid-1`]) {
      expect(await clientOf(reader).send(line, { json: creation() })).toMatchObject({
        status: 403,
        body: { errors: [{ message: 'This API key lacks the scope VOICE_CALLS_WRITE.' }] },
      });
    }
  });
});

describe('a write', () => {
  let fake: FakeVcita;
  afterAll(() => fake.close());

  it('is delivered to vcita, whose uid then names the voice call', async () => {
    const client = await gateway.client();
    const program = clientOf(client);
    fake = await openVcita();
    await givenAccount(client, { system: 'VCITA', url: fake.url });
    const { body } = await program.send(`POST ${PATH}`, { json: creation() });
    await expect.poll(() => fake.voiceCalls.size, { timeout: 60_000 }).toBe(1);
    const [uid = ''] = fake.voiceCalls.keys();
    await expect
      .poll(async () => (await program.send(`GET ${PATH}/${body.data.uid}`)).body.data.uid, {
        timeout: 60_000,
      })
      .toBe(uid);
    const { source_id, external_uuid } = body.data;
    const json = { ...EXAMPLE, source_id, external_uuid, call_summary: 'changed by a program' };
    await program.send(`PUT ${PATH}/${uid}`, { json });
    await expect
      .poll(() => fake.voiceCalls.get(uid)?.written.call_summary, { timeout: 60_000 })
      .toBe('changed by a program');
    expect(fake.violations).toEqual([]);
  });
});

describe('names', () => {
  it('of fields lead there and back', () => {
    fc.assert(
      fc.property(fc.constantFrom(...VOICE_CALL_FIELDS), (field) => {
        expect(snakeCase(field)).toMatch(/^[a-z_]+$/);
        expect(camelCase(snakeCase(field))).toBe(field);
      }),
    );
  });
});
