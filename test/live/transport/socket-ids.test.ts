import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { givenCall, mergeCallMetadata } from '../../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { settled } from '../followers.js';
import { type Message, openPlainSocket } from './plain-socket.js';

let gateway: TestGateway;
let client: Client;
let call: string;

beforeAll(async () => {
  gateway = await openTestGateway({ liveMaxSubscriptions: 5 });
  client = await gateway.client();
  ({ id: call } = await givenCall(client));
});
// A log that is held back would bring the changes of the test before.
beforeEach(() => settled(gateway));
afterAll(() => gateway.close());

const open = () => openPlainSocket({ url: gateway.url, token: client.token });
const merge = () => mergeCallMetadata(client, { call: { id: call }, metadata: { n: Math.random() } });
const ofId = (messages: Message[], id: string) => messages.filter((message) => message.id === id);
const aliases = (messages: Message[]) =>
  messages.map(({ type, payload }) => `${type} ${Object.keys(payload?.data ?? {})}`.trim());
/** Even on a busy machine. */
const eventually = (check: () => void) => vi.waitFor(check, { timeout: 60_000, interval: 5 });
const nothingLeft = () =>
  vi.waitFor(() => expect(new Set(Object.values(gateway.counts()))).toEqual(new Set([0])), {
    timeout: 60_000,
    interval: 10,
  });

describe('an id that is completed and used again without a pause', () => {
  it('belongs to the new subscription alone, and leaves nothing of the old one', async () => {
    const { subscribe, say, processed, messages, socket } = await open();
    for (let round = 0; round < 20; round += 1) {
      subscribe('1', 'subscription { old: callsChanged { id } }');
      say({ type: 'complete', id: '1' });
    }
    subscribe('1', 'subscription { new: callsChanged { id } }');
    await processed();
    await gateway.subscribers(1);
    expect(gateway.counts()).toMatchObject({ subscriptions: 1, subscribers: 1, admitted: 1 });
    await merge();
    await eventually(() => expect(aliases(ofId(messages, '1'))).toEqual(['next new']));
    say({ type: 'complete', id: '1' });
    await processed();
    expect(gateway.counts()).toMatchObject({ subscriptions: 0, subscribers: 0, admitted: 0 });
    await merge();
    await processed();
    expect(aliases(ofId(messages, '1'))).toEqual(['next new']);
    socket.close();
    await nothingLeft();
  });

  it('is not answered for the old query, nor completed by it', async () => {
    const { subscribe, say, processed, messages, socket } = await open();
    subscribe('1', '{ old: viewer { name } }');
    say({ type: 'complete', id: '1' });
    subscribe('1', 'subscription { new: callsChanged { id } }');
    await gateway.subscribers(1);
    await merge();
    await eventually(() => expect(ofId(messages, '1').length).toBeGreaterThan(0));
    await processed();
    expect(aliases(ofId(messages, '1'))).toEqual(['next new']);
    socket.close();
    await nothingLeft();
  });

  it('stays subscribed when the old subscription ends afterwards', async () => {
    const { subscribe, say, processed, messages, socket } = await open();
    subscribe('1', 'subscription { old: callsChanged { id } }');
    await gateway.subscribers(1);
    say({ type: 'complete', id: '1' });
    subscribe('1', 'subscription { new: callsChanged { id } }');
    await processed();
    await gateway.subscribers(1);
    await merge();
    await eventually(() => expect(aliases(ofId(messages, '1'))).toEqual(['next new']));
    socket.close();
    await nothingLeft();
  });

  it('never locks its key out', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { subscribe, say, processed, socket } = await open();
      subscribe('1', 'subscription { callsChanged { id } }');
      say({ type: 'complete', id: '1' });
      subscribe('1', 'subscription { callsChanged { id } }');
      await processed();
      socket.close();
    }
    await nothingLeft();
    const { subscribe, processed, messages } = await open();
    subscribe('1', 'subscription { callsChanged { id } }');
    await gateway.subscribers(1);
    await processed();
    expect(ofId(messages, '1')).toEqual([]);
  });
});

it('an id that is in use is refused with the code of the protocol', async () => {
  const { subscribe, closed } = await open();
  subscribe('1', 'subscription { callsChanged { id } }');
  subscribe('1', 'subscription { callsChanged { id } }');
  expect(await closed).toEqual([4409, 'Subscriber for 1 already exists']);
  await nothingLeft();
});

describe('an invalid message closes the socket with 4400:', () => {
  const subscribe = Buffer.from(JSON.stringify({ type: 'subscribe', id: '1', payload: { query: '{ a }' } }));
  it.each<[string, string | Buffer]>([
    ['no JSON', 'hello'],
    ['of no type', '{}'],
    ['what only a server says', '{"type":"next","id":"1","payload":{"data":null}}'],
    [
      'bytes that are not UTF-8',
      Buffer.concat([subscribe.subarray(0, -4), Buffer.from([0xff]), subscribe.subarray(-4)]),
    ],
  ])('%s', async (_, data) => {
    const { socket, closed } = await open();
    socket.send(data, { binary: Buffer.isBuffer(data) });
    expect((await closed)[0]).toBe(4400);
  });
});
