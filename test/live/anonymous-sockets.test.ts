import { once } from 'node:events';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { CLOSE } from '../../src/live/transport/close-codes.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { socketUrl } from './followers.js';
import { openPlainSocket, type PlainSocket } from './transport/plain-socket.js';

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await openTestGateway({ liveMaxAnonymous: 3 });
  client = await gateway.client();
});
afterAll(() => gateway.close());

async function open(): Promise<{ socket: WebSocket; closed: Promise<[number, string]> }> {
  const socket = new WebSocket(socketUrl(gateway.url), 'graphql-transport-ws');
  onTestFinished(() => socket.terminate());
  const closed = new Promise<[number, string]>((resolve) =>
    socket.once('close', (code, reason) => resolve([code, String(reason)])),
  );
  await once(socket, 'open');
  return { socket, closed };
}

it.each([
  ['none', undefined],
  ['an empty one', { Authorization: '' }],
  ['one that is unknown', { Authorization: 'Bearer sb_unknown' }],
  ['one of another scheme', { Authorization: 'Basic YTpi' }],
  ['one that is no text', { Authorization: 7 }],
])('a key that is %s fails at connection_init', async (_what, payload) => {
  const { socket, closed } = await open();
  const messages: string[] = [];
  socket.on('message', (data) => messages.push(String(data)));
  socket.send(JSON.stringify({ type: 'connection_init', ...(payload && { payload }) }));
  expect(await closed).toEqual([...CLOSE.SIGN_IN]);
  expect(messages).toEqual([]);
  await expect.poll(() => gateway.counts()).toMatchObject({ connections: 0, keys: 0 });
});

it('of sockets that have not signed in a few remain: the first is closed for the next', async () => {
  const good: PlainSocket[] = [];
  for (let index = 0; index < 6; index += 1) {
    good.push(await openPlainSocket({ url: gateway.url, token: client.token }));
  }
  const [first, ...others] = [await open(), await open(), await open()];
  const last = await open();
  expect(await first?.closed).toEqual([...CLOSE.TOO_MANY_ANONYMOUS]);
  expect([...others, last].map(({ socket }) => socket.readyState)).toEqual(Array(3).fill(WebSocket.OPEN));
  last.socket.send(
    JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${client.token}` } }),
  );
  const [ack] = await once(last.socket, 'message');
  expect(JSON.parse(String(ack))).toEqual({ type: 'connection_ack' });
  await open();
  expect([...others, last].map(({ socket }) => socket.readyState)).toEqual(Array(3).fill(WebSocket.OPEN));
  for (const { socket } of good) expect(socket.readyState).toBe(WebSocket.OPEN);
});
