import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { birdPath, FLOW } from '../../src/vendor-apis/bird/bird-flow.js';
import { givenCall, readCall, readHistory } from '../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { givenAccount } from '../support/vendors/accounts.js';
import { type FakeBird, openBird } from '../support/vendors/bird.js';
import { BIRD } from '../support/vendors/bird.spec.js';
import { EXAMPLE_1_REQUEST, EXAMPLE_2_REQUEST, LONG_REQUEST } from '../vendors/bird-documents.js';
import { forGateway, type VendorClient, vendorClient } from './vendor-client.js';

const WORKSPACE = 'b5c2a1d0-1111-4111-8111-111111111111';
const CHANNEL = 'db53c357-92e3-4f3d-babe-159573940a50';

let gateway: TestGateway;
let owner: Client;
let bird: VendorClient;

const programOf = ({ token }: Client) => vendorClient(gateway, BIRD, `AccessKey ${token}`);
const pathOf = (id: string, workspace = WORKSPACE, channel = CHANNEL) =>
  `/workspaces/${workspace}/channels/${channel}/calls/${id}`;
const reference = (value: string) => ({ system: 'BIRD', name: 'id', value });

/** A call that is going on, as Bird's document shows it. */
async function birdCall(client: Client, values: object = {}) {
  const id = randomUUID();
  const call = await givenCall(client, {
    ...{ references: [reference(id)], workspaceId: WORKSPACE, channelId: CHANNEL },
    ...{ from: '+351910648518', to: '+3197058016589', direction: 'INBOUND', vendorStatus: 'starting' },
    ...{ type: 'pstn', duration: 0, vendorCreatedAt: '2024-03-01T16:46:50.158Z' },
    originator: {
      contact: { contactId: 'contact-1', identifierKey: 'phonenumber', identifierValue: '+351910648518' },
      number: { type: 'pstn', number: '+351910648518', callerIdName: 'Jose G', countryIsoCode: 'PT' },
    },
    ...values,
  });
  return { id, call };
}

beforeAll(async () => {
  gateway = await openTestGateway();
  owner = await gateway.client();
  bird = programOf(owner);
});
afterAll(() => gateway.close());

/**
 * The document's two commands name the channel where the call belongs, and have no -d before their body. Here they name
 * the call, and send the body.
 */
const command = (token: string, id: string, body: object): string =>
  forGateway(
    gateway,
    token,
    `curl -X PATCH "https://api.bird.com/workspaces/{workspaceId}/channels/{channelId}/calls/{channelId}" \\
-H "Authorization: AccessKey YOUR_SECRET_TOKEN"`
      .replace('calls/{channelId}', `calls/${id}`)
      .replace('{workspaceId}', WORKSPACE)
      .replace('{channelId}', CHANNEL),
  ).concat(` -H 'Content-Type: application/json' -d '${JSON.stringify(body).replaceAll("'", "'\\''")}'`);

describe('the document "Update a call"', () => {
  it('has a second example that works by curl, and is answered with the flow', async () => {
    const { id, call } = await birdCall(owner);
    const answer = await bird.curl(command(owner.token, id, { callFlow: EXAMPLE_2_REQUEST }));
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({
      ...{ id, channelId: CHANNEL, from: '+351910648518', to: '+3197058016589', direction: 'incoming' },
      ...{ status: 'starting', type: 'pstn', duration: 0, createdAt: '2024-03-01T16:46:50.158Z' },
      originator: { contact: { id: 'contact-1' }, number: { callerIdName: 'Jose G' } },
      receiver: { number: { number: '+3197058016589' } },
      callFlow: {
        commands: EXAMPLE_2_REQUEST.map(({ command }) => ({ callId: id, command, status: 'accepted' })),
      },
    });
    const { callFlow, revision } = await readCall(owner, call.id);
    expect(callFlow.commands).toMatchObject([
      { command: 'RINGING' },
      { command: 'PAUSE', pauseSeconds: 2 },
      { command: 'ANSWER' },
      { command: 'SAY', locale: 'en-GB', voice: 'male' },
      { command: 'HANGUP' },
    ]);
    expect(revision).toBe(2);
    expect((await readHistory(owner, call.id)).at(-1)).toMatchObject({ actor: 'test key' });
  });

  it.each([
    ['the long sample', LONG_REQUEST],
    ['the first example', EXAMPLE_1_REQUEST],
  ])('has a status beside a flow: %s hangs up, and keeps the flow', async (_, callFlow) => {
    const { id, call } = await birdCall(owner);
    const answer = await bird.curl(command(owner.token, id, { status: 'completed', callFlow }));
    expect(answer).toMatchObject({
      status: 202,
      body: { status: 'completed', callFlow: { commands: [{ command: 'answer' }] } },
    });
    expect(await readCall(owner, call.id)).toMatchObject({ status: 'COMPLETED', callFlow: { revision: 1 } });
  });
});

describe('a call', () => {
  it('is read with all that Bird shows', async () => {
    const parent = await birdCall(owner);
    const { id } = await birdCall(owner, {
      parent: { reference: reference(parent.id) },
      ...{ reason: 'normal clearing', notificationUrl: 'https://example.com/notify', sipType: 'elastic' },
      ...{ tags: ['support'], quality: { mos: '4.4', pdd: '1.2' }, sip: { edgeRegion: 'eu-west-1' } },
      hangup: { causeCode: 16, source: 'callee', sipCode: '200' },
      answeringMachineDetection: { result: 'human', locale: 'en-US' },
      ...{ ringingAt: '2024-03-01T16:46:51Z', answeredAt: '2024-03-01T16:46:52Z', vendorStatus: 'no-answer' },
    });
    const { status, body } = await bird.send(`GET ${pathOf(id)}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ...{ id, parentId: parent.id, status: 'no-answer', reason: 'normal clearing', sipType: 'elastic' },
      ...{ hangupCauseCode: 16, hangupSource: 'callee', hangupSipCode: '200', tags: ['support'] },
      ...{ notification: { url: 'https://example.com/notify' }, qualityInsights: { mos: '4.4', pdd: '1.2' } },
      ...{ sipInsights: { edgeRegion: 'eu-west-1' }, amdResult: { result: 'human', locale: 'en-US' } },
      ...{ ringingAt: '2024-03-01T16:46:51.000Z', answeredAt: '2024-03-01T16:46:52.000Z' },
    });
    expect(body).not.toHaveProperty('callFlow');
    expect(body).not.toHaveProperty('endedAt');
  });

  it('of which Bird knows little has null where Bird requires a value', async () => {
    const id = randomUUID();
    await givenCall(owner, { references: [reference(id)] });
    const nothing = {
      channelId: null,
      from: null,
      to: null,
      originator: null,
      direction: null,
      status: null,
    };
    expect((await bird.send(`GET ${pathOf(id)}`)).body).toMatchObject({ id, ...nothing });
    expect((await bird.send(`GET ${pathOf(id.toUpperCase())}`)).body).toMatchObject({ id });
  });

  it('of another organization, workspace or channel is not found', async () => {
    const { id } = await birdCall(owner);
    const stranger = programOf(await gateway.client());
    const expected = { status: 404, body: { code: 'NotFound' } };
    const places = [pathOf(id, randomUUID()), pathOf(id, WORKSPACE, randomUUID()), pathOf(randomUUID())];
    for (const path of places) {
      expect(await bird.send(`GET ${path}`)).toMatchObject(expected);
      expect(await bird.send(`PATCH ${path}`, { json: { status: 'completed' } })).toMatchObject(expected);
      expect(await bird.send(`POST ${path}/hangup`)).toMatchObject(expected);
    }
    expect(await stranger.send(`GET ${pathOf(id)}`)).toMatchObject(expected);
    expect(await stranger.send(`PATCH ${pathOf(id)}`, { json: { callFlow: LONG_REQUEST } })).toMatchObject({
      ...expected,
      body: { message: `Call with ID ${id} not found in your organization` },
    });
    expect((await bird.send(`GET ${pathOf(id)}`)).body.status).toBe('starting');
  });

  it('is hung up, once', async () => {
    const [one, other] = [await birdCall(owner), await birdCall(owner)];
    const hangUp = { json: { status: 'completed' } };
    expect(await bird.send(`PATCH ${pathOf(one.id)}`, hangUp)).toMatchObject({
      status: 202,
      body: { status: 'completed', endedAt: expect.any(String) },
    });
    expect(await bird.send(`POST ${pathOf(other.id)}/hangup`)).toMatchObject({
      status: 202,
      body: { callId: other.id, command: 'hangup' },
    });
    for (const { id, call } of [one, other]) {
      expect((await readCall(owner, call.id)).status).toBe('COMPLETED');
      const ended = { status: 422, body: { code: 'CallEnded' } };
      expect(await bird.send(`PATCH ${pathOf(id)}`, hangUp)).toMatchObject(ended);
      expect(await bird.send(`PATCH ${pathOf(id)}`, { json: { callFlow: LONG_REQUEST } })).toMatchObject(
        ended,
      );
      expect(await bird.send(`POST ${pathOf(id)}/hangup`)).toMatchObject(ended);
    }
  });

  it('is not changed by a request that says nothing', async () => {
    const { id, call } = await birdCall(owner);
    expect(await bird.send(`PATCH ${pathOf(id)}`, { json: {} })).toMatchObject({ status: 202 });
    expect(await bird.send(`PATCH ${pathOf(id)}`, { json: { status: null } })).toMatchObject({ status: 202 });
    expect((await readCall(owner, call.id)).revision).toBe(1);
  });

  it('takes every command with all its options, as GraphQL shows them', async () => {
    const { id, call } = await birdCall(owner);
    const say = { text: 'Press a key', locale: 'en-GB', voice: 'male' };
    const flow = [
      { command: 'playback', options: { media: ['a.mp3'], loop: 1, timeout: 2, pauseMilliseconds: 3 } },
      {
        command: 'gather',
        options: {
          ...{
            input: 'dtmf',
            maxNumKeys: 1,
            endKey: '#',
            timeout: 5,
            retries: 2,
            speechLocale: 'en-US',
            say,
          },
        },
      },
      {
        command: 'record',
        options: {
          endKey: '*',
          maxLength: 9,
          timeout: 1,
          beep: true,
          transcribe: true,
          transcribeLocale: 'nl',
        },
        conditions: [{ variable: 'keys', value: '1' }],
      },
      {
        command: 'bridge',
        options: {
          ...{ to: '+31612345678', from: '+31612345679', ringTimeout: 30, maxDuration: 60, ringTone: 'be' },
          ...{
            hangupAfterBridge: true,
            record: true,
            recordStart: 'record-from-answer',
            recordStereo: false,
          },
        },
      },
      { command: 'hangup', options: null },
    ];
    expect(await bird.send(`PATCH ${pathOf(id)}`, { json: { callFlow: flow } })).toMatchObject({
      status: 202,
    });
    const { callFlow } = await readCall(owner, call.id);
    expect(callFlow.commands).toMatchObject(
      flow.map(({ command, options }) => ({ command: command.toUpperCase(), ...options })),
    );
    expect(callFlow.commands[2].conditions).toEqual([{ variable: 'keys', operator: 'eq', value: '1' }]);
  });
});

describe('what is refused', () => {
  const refused = async (body: unknown) => {
    const { id, call } = await birdCall(owner);
    const answer = await bird.send(`PATCH ${pathOf(id)}`, { json: body });
    expect((await readCall(owner, call.id)).revision).toBe(1);
    return answer;
  };

  it.each([
    [{ status: 'ringing' }, 'status'],
    [{ callFlow: 'answer' }, 'callFlow'],
    [{ callFlow: [] }, 'callFlow'],
    [{ callFlow: Array(21).fill({ command: 'answer' }) }, 'callFlow'],
    [{ callFlow: [{}] }, 'callFlow.0.command'],
    [{ callFlow: [{ command: 'dance' }] }, 'callFlow.0.command'],
    [{ callFlow: [{ command: 'say' }] }, 'callFlow.0.options'],
    [{ callFlow: [{ command: 'say', options: {} }] }, 'callFlow.0.options.text'],
    [{ callFlow: [{ command: 'say', options: { text: '' } }] }, 'callFlow.0.options.text'],
    [{ callFlow: [{ command: 'say', options: { text: 5 } }] }, 'callFlow.0.options.text'],
    [{ callFlow: [{ command: 'answer', options: { loud: true } }] }, 'callFlow.0.options.loud'],
    [{ callFlow: [{ command: 'pause', options: { pauseSeconds: 1.5 } }] }, 'callFlow.0.options.pauseSeconds'],
    [
      { callFlow: [{ command: 'bridge', options: { to: 'x', ringTimeout: 1 } }] },
      'callFlow.0.options.ringTimeout',
    ],
    [
      { callFlow: [{ command: 'answer', conditions: [{ variable: 'keys' }] }] },
      'callFlow.0.conditions.0.value',
    ],
  ])('says where %j is wrong', async (body, field) => {
    expect(await refused(body)).toMatchObject({
      status: 422,
      body: { code: 'Invalid', details: [{ field }] },
    });
  });

  it('is JSON, whatever is sent', async () => {
    const { id } = await birdCall(owner);
    const send = (text: string, type = 'application/json') =>
      bird.send(`PATCH ${pathOf(id)}`, { raw: { text, type } });
    expect(await send('{')).toMatchObject({ status: 400, body: { code: 'BadRequest' } });
    expect(await send('[]')).toMatchObject({ status: 422 });
    expect(await send('')).toMatchObject({ status: 422 });
    expect(await send('<a/>', 'text/xml')).toMatchObject({ status: 415 });
    expect(await send(JSON.stringify('x'.repeat(5_000_000)))).toMatchObject({ status: 413 });
  });

  it('is 401 without a key', async () => {
    for (const authorization of [null, 'AccessKey sb_unknown']) {
      const program = vendorClient(gateway, BIRD, authorization);
      expect(await program.send(`GET ${pathOf(randomUUID())}`)).toMatchObject({
        status: 401,
        body: { code: 'Unauthenticated' },
      });
    }
  });

  it('is 403 without the scope of what is asked for, and nothing is done', async () => {
    const client = await gateway.client();
    const { organization } = (await client.ask('{ viewer { organization { slug } } }')).viewer;
    const { id, call } = await birdCall(client);
    const withScopes = async (...scopes: ('CALLS_READ' | 'CALLS_WRITE' | 'CALL_FLOWS_WRITE')[]) =>
      programOf(await gateway.client({ organization: organization.slug, scopes }));
    const both = { json: { status: 'completed', callFlow: LONG_REQUEST } };
    for (const [program, scope] of [
      [await withScopes('CALLS_READ'), 'CALL_FLOWS_WRITE'],
      [await withScopes('CALLS_WRITE'), 'CALL_FLOWS_WRITE'],
      [await withScopes('CALL_FLOWS_WRITE'), 'CALLS_WRITE'],
    ] as const) {
      const message = `This API key lacks the scope ${scope}.`;
      expect(await program.send(`PATCH ${pathOf(id)}`, both)).toMatchObject({
        status: 403,
        body: { message },
      });
    }
    const reader = await withScopes('CALLS_READ');
    expect(await reader.send(`POST ${pathOf(id)}/hangup`)).toMatchObject({ status: 403 });
    expect(await reader.send(`GET ${pathOf(id)}`)).toMatchObject({ status: 200 });
    expect((await readCall(client, call.id)).revision).toBe(1);
  });
});

describe('a write', () => {
  let fake: FakeBird;
  afterAll(() => fake.close());

  it('is delivered to Bird, whose ids the flow then has', async () => {
    const client = await gateway.client();
    const program = programOf(client);
    fake = await openBird();
    await givenAccount(client, { system: 'BIRD', url: fake.url });
    const { id } = await birdCall(client);
    fake.add({ id, workspaceId: WORKSPACE, channelId: CHANNEL });
    await program.send(`PATCH ${pathOf(id)}`, { json: { callFlow: EXAMPLE_2_REQUEST } });
    await expect.poll(() => fake.calls.get(id)?.flows.length, { timeout: 60_000 }).toBe(1);
    const [flow] = fake.calls.get(id)?.flows ?? [];
    expect(flow?.sent).toEqual(EXAMPLE_2_REQUEST);
    await expect
      .poll(async () => (await program.send(`GET ${pathOf(id)}`)).body.callFlow.id, { timeout: 60_000 })
      .toBe(flow?.id);
    await program.send(`PATCH ${pathOf(id)}`, { json: { status: 'completed' } });
    await expect.poll(() => fake.calls.get(id)?.status, { timeout: 60_000 }).toBe('completed');
    expect(fake.violations).toEqual([]);
  });
});

describe('the options of a command', () => {
  it('are those of replaceCallFlow', async () => {
    const { __schema } = await owner.ask('{ __schema { types { name inputFields { name } } } }');
    const fieldsOf = (command: string): string[] => {
      const name = `${command.charAt(0).toUpperCase()}${command.slice(1)}CommandInput`;
      const type = __schema.types.find((each: { name: string }) => each.name === name);
      return type.inputFields.map((field: { name: string }) => field.name).toSorted();
    };
    const { oneOf } = FLOW.items as {
      oneOf: { title: string; properties: { options: { properties: object } } }[];
    };
    expect(oneOf).toHaveLength(9);
    for (const { title, properties } of oneOf) {
      const options = Object.keys(properties.options.properties);
      expect([...options, 'conditions'].toSorted()).toEqual(fieldsOf(title));
    }
  });
});

describe('a path of replaceCallFlow', () => {
  const [index, option] = [fc.nat(19).map(String), fc.constantFrom('text', 'media', 'to')];

  it('is that of an option in the request of Bird', () => {
    fc.assert(
      fc.property(index, option, fc.array(fc.nat().map(String), { maxLength: 2 }), (at, name, rest) => {
        const path = ['commands', at, 'say', name, ...rest];
        expect(birdPath(path)).toEqual(['callFlow', at, 'options', name, ...rest]);
      }),
    );
  });

  it('is that of the command itself, or of its conditions', () => {
    fc.assert(
      fc.property(index, (at) => {
        expect(birdPath(['commands', at, 'gather'])).toEqual(['callFlow', at]);
        expect(birdPath(['commands', at, 'say', 'conditions', '0'])).toEqual([
          'callFlow',
          at,
          'conditions',
          '0',
        ]);
        expect(birdPath(['status'])).toEqual(['status']);
      }),
    );
  });
});
