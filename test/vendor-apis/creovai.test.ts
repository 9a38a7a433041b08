import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { respelled } from '../../src/vendor-apis/spellings.js';
import { createMatchRule } from '../events/events.js';
import { givenCall, readCall, readHistory } from '../support/documents.js';
import { type Client, clientOf, openTestGateway, type TestGateway } from '../support/gateway.js';
import { givenAccount } from '../support/vendors/accounts.js';
import { type FakeCreovai, openCreovai } from '../support/vendors/creovai.js';
import { CREOVAI } from '../support/vendors/creovai.spec.js';
import { REQUEST, WRITINGS } from '../vendors/creovai-document.js';
import { type VendorClient, vendorClient } from './vendor-client.js';

const EVENT = 'POST /callevent/v1/outofband/event';
const TIME = '2024-01-15T10:00:00Z';

let gateway: TestGateway;
let owner: Client;
let creovai: VendorClient;

const sessionCall = (client: Client, value: string) =>
  givenCall(client, { references: [{ system: 'CREOVAI', name: 'sessionId', value }] });
const metadataOf = async (client: Client, { id }: { id: string }) => (await readCall(client, id)).metadata;

async function program(client: Client): Promise<VendorClient> {
  const { body } = await tokenFor(client.token);
  return vendorClient(gateway, CREOVAI, `Bearer ${body.access_token}`);
}

const form = (members: Record<string, string>) => ({
  raw: { type: 'application/x-www-form-urlencoded', text: new URLSearchParams(members).toString() },
});
const tokenFor = (secret: string) =>
  vendorClient(gateway, CREOVAI, null).send(
    'POST /Token',
    form({ grant_type: 'client_credentials', client_id: 'crm', client_secret: secret }),
  );

beforeAll(async () => {
  gateway = await openTestGateway();
  owner = await gateway.client();
  creovai = await program(owner);
});
afterAll(() => gateway.close());

describe('a token', () => {
  it('stands for the key that it was given for', async () => {
    const { status, body } = await tokenFor(owner.token);
    expect(status).toBe(200);
    expect(body).toMatchObject({ token_type: 'bearer', expires_in: 1799 });
    expect(body.access_token).not.toContain(owner.token);
    const { viewer } = await clientOf(gateway.url, '', `Bearer ${body.access_token}`).ask(
      '{ viewer { name } }',
    );
    expect(viewer.name).toBe('test key');
  });

  it('is given for no other secret', async () => {
    const { body } = await tokenFor(owner.token);
    for (const secret of ['sb_unknown', body.access_token, 'a.b.c']) {
      const answer = await tokenFor(secret);
      expect(answer).toMatchObject({ status: 401, text: '' });
      expect(answer.headers['www-authenticate']).toBe('Bearer');
    }
  });

  it('needs the whole form', async () => {
    const anonymous = vendorClient(gateway, CREOVAI, null);
    const answer = await anonymous.send('POST /Token', form({ grant_type: 'password', client_id: 'x' }));
    expect(answer).toMatchObject({
      status: 400,
      text: 'Request content is invalid: client_secret is required; grant_type must be equal to one of the allowed values',
    });
  });

  it('is asked for at a rate of its own, which no other request shares', async () => {
    const own = await openTestGateway();
    onTestFinished(() => own.close());
    const { token } = await own.client();
    const ask = (secret: string) =>
      vendorClient(own, CREOVAI, null).send(
        'POST /Token',
        form({ grant_type: 'client_credentials', client_id: 'crm', client_secret: secret }),
      );
    let refused = await ask('sb_unknown');
    let asked = 1;
    for (; refused.status === 401 && asked < 2_000; asked += 20) {
      const answers = await Promise.all(Array.from({ length: 20 }, () => ask('sb_unknown')));
      refused = answers.find(({ status }) => status === 429) ?? refused;
    }
    expect(asked).toBeGreaterThan(100);
    expect(refused).toMatchObject({
      status: 429,
      text: expect.stringMatching(/^This address has exceeded its rate/),
    });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(refused.text).not.toContain('sb_unknown');
    const signedIn = vendorClient(own, CREOVAI, `Bearer ${token}`);
    expect((await signedIn.send(EVENT, { json: REQUEST })).status).toBe(200);
    await expect.poll(async () => (await ask(token)).status, { timeout: 30_000 }).toBe(200);
  });

  it('ends with its key', async () => {
    const client = await gateway.client();
    const { body } = await tokenFor(client.token);
    await gateway.database.db.execute(`update api_keys set revoked_at = now() where organization_id = (
      select organization_id from api_keys where token_hash = sha256('${client.token}'))`);
    const answer = await vendorClient(gateway, CREOVAI, `Bearer ${body.access_token}`).send(EVENT, {
      json: REQUEST,
    });
    expect(answer).toMatchObject({ status: 401 });
  });
});

describe('the document "Async Metadata API"', () => {
  it('has a request that works by curl', async () => {
    const client = await gateway.client();
    const call = await sessionCall(client, REQUEST.SessionId);
    const { origin } = new URL(gateway.url);
    const answer = await vendorClient(gateway, CREOVAI, null).curl(
      `curl -X POST "${origin}/callevent/v1/outofband/event" -H "Authorization: Bearer ${client.token}" \\
  -H "Content-Type: application/json" -d '{
    "SessionId":"abc123",
    "EventTime":"2018/10/15T09:00:00.000Z",
    "Metadata":{
        "my_xpath":"my_xpath_value",
        "event_data_xpath":"2018/10/15T09:00:00.000Z",
        "customerDataField1":"someData",
        "customerProvidedData":"customerData"
    }
}'`,
    );
    expect(answer).toMatchObject({ status: 200, text: '' });
    expect(await metadataOf(client, call)).toEqual(REQUEST.Metadata);
    const [, change] = await readHistory(client, call.id);
    expect(change).toMatchObject({ actor: 'test key', effectiveAt: '2018-10-15T09:00:00.000Z' });
  });

  it.each(WRITINGS.map((writing) => [Object.keys(writing).join(), writing]))(
    'is understood in any spelling: %s',
    async (_, writing) => {
      const client = await gateway.client();
      const call = await sessionCall(client, REQUEST.SessionId);
      const answer = await (await program(client)).send(EVENT, { json: writing });
      expect(answer.status).toBe(200);
      expect(await metadataOf(client, call)).toEqual(REQUEST.Metadata);
    },
  );

  it.each([
    '/callEvent/v1/outofband/event',
    '/CallEvent/V1/OutOfBand/Event',
    '/CALLEVENT/V1/OUTOFBAND/EVENT',
  ])('is understood at %s', async (path) => {
    const client = await gateway.client();
    const call = await sessionCall(client, 'abc123');
    const answer = await (await program(client)).send(`POST ${path}`, { json: REQUEST });
    expect(answer.status).toBe(200);
    expect(await metadataOf(client, call)).toEqual(REQUEST.Metadata);
  });
});

describe('an event', () => {
  it.each([
    ['/callEvent/v1/outofband/mastercall', 'MasterCallId', 'master'],
    ['/callEvent/v1/outofband/case', 'caseReferenceId', 'case'],
    ['/callevent/v1/outofband/collection', 'collectionId', 'collection'],
    ['/capture/v2/outofband/master', 'masterId', 'master'],
    ['/capture/v2/outofband/case', 'caseReferenceId', 'case'],
    ['/capture/v2/outofband/collection', 'collectionId', 'collection'],
  ])('at %s is of all calls of the group', async (path, member, kind) => {
    const client = await gateway.client();
    const key = `key-${path}`;
    const calls = await Promise.all([1, 2].map(() => givenCall(client, { groups: [{ kind, key }] })));
    const json = { [member]: key, EventTime: TIME, Metadata: { tier: 'gold' } };
    expect(await (await program(client)).send(`POST ${path}`, { json })).toMatchObject({ status: 200 });
    for (const call of calls) expect(await metadataOf(client, call)).toEqual({ tier: 'gold' });
  });

  it('counts for its time, which is UTC without an offset, whatever the order of arrival', async () => {
    const client = await gateway.client();
    const call = await sessionCall(client, 's');
    const sender = await program(client);
    const send = (eventTime: string, step: number) =>
      sender.send(EVENT, { json: { sessionId: 's', eventTime, metadata: { step } } });
    await send('2024-01-15T12:00:00', 2);
    await send('2024-01-15T12:59:59+01:00', 1);
    expect(await metadataOf(client, call)).toEqual({ step: 2 });
  });

  it('without a time, in the newer form, counts for now', async () => {
    const client = await gateway.client();
    const call = await sessionCall(client, 'now');
    const json = { sessionId: 'now', eventTime: null, metadata: { a: 1 } };
    await (await program(client)).send('POST /capture/v2/outofband/interaction', { json });
    expect(await metadataOf(client, call)).toEqual({ a: 1 });
  });

  it('without a session is matched by the rules', async () => {
    const client = await gateway.client();
    const call = await givenCall(client, { customerNumber: '+15551230001' });
    const { errors } = await createMatchRule(client, {
      name: 'phone',
      metadataPath: ['phone'],
      callField: 'CUSTOMER_NUMBER',
      windowMinutes: 60,
    });
    expect(errors).toEqual([]);
    const json = { eventTime: new Date().toISOString(), metadata: { phone: '+15551230001' } };
    expect(await (await program(client)).send(EVENT, { json })).toMatchObject({ status: 200 });
    expect(await metadataOf(client, call)).toEqual(json.metadata);
  });

  it('leaves the spelling of its metadata as it is', async () => {
    const client = await gateway.client();
    const call = await sessionCall(client, 'spelling');
    const metadata = { SessionId: 1, EVENTTIME: { Metadata: true } };
    await (await program(client)).send(EVENT, { json: { SESSIONID: 'spelling', EventTime: TIME, metadata } });
    expect(await metadataOf(client, call)).toEqual(metadata);
  });

  it('is never of another organization', async () => {
    const call = await sessionCall(owner, 'theirs');
    const stranger = await program(await gateway.client());
    const json = { sessionId: 'theirs', eventTime: TIME, metadata: { stolen: true } };
    expect(await stranger.send(EVENT, { json })).toMatchObject({ status: 200 });
    expect(await metadataOf(owner, call)).toEqual({});
  });
});

describe('what is refused', () => {
  it.each([
    [{ json: {} }, 'eventTime is required; metadata is required'],
    [{ json: { SessionId: 1, EventTime: TIME, Metadata: {} } }, 'sessionId must be string'],
    [{ json: { EventTime: 'soon', Metadata: {} } }, 'eventTime must match format "date-time"'],
    [{ json: { EventTime: TIME, Metadata: [] } }, 'metadata must be object'],
    [{ json: { sessionId: '', eventTime: TIME, metadata: {} } }, 'sessionId must not be empty.'],
    [
      { json: { eventTime: '2999-01-01T00:00:00Z', metadata: {} } },
      'eventTime must not be more than five minutes',
    ],
    [{ json: [] }, 'the body must be object'],
    [{}, 'the body is required'],
    [{ raw: { type: 'application/json', text: '{' } }, ''],
    [
      { json: { eventTime: TIME, metadata: { big: 'x'.repeat(300_000) } } },
      'metadata may have at most 262144 bytes',
    ],
  ])('%# is 400 with a text', async (sent, text) => {
    const answer = await creovai.send(EVENT, sent);
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toMatch(/^text\/plain/);
    expect(answer.text).toContain(`Request content is invalid: ${text}`);
  });

  it('has the status of HTTP for a body of another type or that is too large', async () => {
    expect(await creovai.send(EVENT, { raw: { type: 'text/xml', text: '<a/>' } })).toMatchObject({
      status: 415,
    });
    const json = { eventTime: TIME, metadata: { big: 'x'.repeat(5_000_000) } };
    expect(await creovai.send(EVENT, { json })).toMatchObject({ status: 413 });
  });

  it('is 401 without a token, and 403 without the scope', async () => {
    for (const authorization of [null, 'Bearer sbt_AAAA', 'Bearer sb_unknown']) {
      const answer = await vendorClient(gateway, CREOVAI, authorization).send(EVENT, { json: {} });
      expect(answer).toMatchObject({ status: 401, text: '' });
    }
    const reader = await gateway.client({ scopes: ['METADATA_WRITE'] });
    const answer = await vendorClient(gateway, CREOVAI, `Bearer ${reader.token}`).send(EVENT, {
      json: REQUEST,
    });
    expect(answer).toMatchObject({ status: 403, text: 'This API key lacks the scope EVENTS_WRITE.' });
  });
});

describe('a write', () => {
  let fake: FakeCreovai;
  afterAll(() => fake.close());

  it('is delivered to Creovai', async () => {
    const client = await gateway.client();
    fake = await openCreovai();
    await givenAccount(client, { system: 'CREOVAI', url: fake.url });
    await sessionCall(client, 'onwards');
    const json = { sessionId: 'onwards', eventTime: TIME, metadata: { from: 'program' } };
    await (await program(client)).send(EVENT, { json });
    await expect
      .poll(() => fake.session('onwards')?.events, { timeout: 60_000 })
      .toEqual([{ eventTime: '2024-01-15T10:00:00.000Z', metadata: { from: 'program' } }]);
    expect(fake.violations).toEqual([]);
  });
});

describe('spellings', () => {
  const names = ['sessionId', 'eventTime', 'metadata'];
  const otherwise = (name: string) =>
    fc
      .array(fc.boolean(), { minLength: name.length, maxLength: name.length })
      .map((upper) =>
        [...name].map((letter, at) => (upper[at] ? letter.toUpperCase() : letter.toLowerCase())).join(''),
      );

  it('of members are those of the schema, and nothing else changes', () => {
    fc.assert(
      fc.property(
        fc.tuple(...names.map(otherwise)),
        fc.array(fc.jsonValue(), { minLength: 3, maxLength: 3 }),
        fc.dictionary(fc.string(), fc.jsonValue()),
        (spelled, values, others) => {
          const isName = (key: string) => names.some((name) => name.toLowerCase() === key.toLowerCase());
          const rest = Object.entries(others).filter(([key]) => !isName(key));
          const body = Object.fromEntries([
            ...rest,
            ...spelled.map((name, at) => [name, values[at]] as const),
          ]);
          const expected = Object.fromEntries([
            ...rest,
            ...names.map((name, at) => [name, values[at]] as const),
          ]);
          expect(respelled(body, names)).toEqual(expected);
        },
      ),
    );
  });
});
