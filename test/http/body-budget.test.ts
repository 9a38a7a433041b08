import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';

/** Bytes of all bodies here; one organization may use half of them. */
const SPACE = 1_000_000;

let gateway: TestGateway;
let client: Client;
let other: Client;
beforeAll(async () => {
  gateway = await openTestGateway({ answersMaxBytes: 4 * SPACE });
  [client, other] = await Promise.all([gateway.client(), gateway.client()]);
  // From here on, their keys are known when a request begins.
  await Promise.all([client, other].map((each) => each.ask(QUERY)));
});
afterAll(() => gateway.close());

const QUERY = '{ viewer { name } }';
const bodyOf = (bytes: number) => JSON.stringify({ query: QUERY, extensions: { x: 'x'.repeat(bytes) } });

async function held(bytes: number): Promise<void> {
  const check = async () => {
    const { body } = await request(new URL('/metrics', gateway.url));
    expect(await body.text()).toContain(`\nswitchboard_body_bytes ${bytes}\n`);
  };
  await vi.waitFor(check, { timeout: 60_000 });
}

async function send({ token }: Client, bytes: number) {
  const { statusCode, headers, body } = await request(gateway.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: bodyOf(bytes),
  });
  const { errors } = (await body.json()) as { errors?: { extensions: { code: string } }[] };
  return { status: statusCode, code: errors?.[0]?.extensions.code, retryAfter: headers['retry-after'] };
}

/** A request that announces its length and never sends a body. */
async function promise({ token }: Client, head: string): Promise<Socket> {
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  socket.write(
    `POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nAuthorization: Bearer ${token}\r\n${head}\r\n\r\n`,
  );
  return socket;
}

const OK = { status: 200 };
const FULL = { status: 503, code: 'OVERLOADED', retryAfter: '1' };

describe('bodies of requests', () => {
  it('take space and release it; one larger than half of all is accepted if it is the only one', async () => {
    for (const bytes of [400_000, 400_000, 1_500_000, 400_000]) {
      expect(await send(client, bytes)).toMatchObject(OK);
      await held(0);
    }
  });

  it('hold it from their announcement until they are answered or aborted', async () => {
    const announced = await promise(client, 'Content-Length: 400000');
    await held(400_000);
    expect(await send(client, 90_000)).toMatchObject(OK);
    expect(await send(client, 200_000)).toEqual(FULL);
    expect(await send(client, 1_000)).toMatchObject(OK);
    expect(await send(other, 200_000)).toMatchObject(OK);
    announced.destroy();
    await held(0);
    expect(await send(client, 200_000)).toMatchObject(OK);
  });

  it('whose length is not announced count as the largest', async () => {
    const announced = await promise(client, 'Content-Length: 100000');
    await held(100_000);
    const socket = await promise(client, 'Transfer-Encoding: chunked');
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1.1 503 /);
    announced.destroy();
    await held(0);
  });

  it('of all unknown clients share one part', async () => {
    const announced = await promise({ ...client, token: 'sb_nobody' }, 'Content-Length: 400000');
    await held(400_000);
    expect(await send({ ...client, token: 'sb_another' }, 200_000)).toEqual(FULL);
    expect(await send(client, 200_000)).toMatchObject(OK);
    announced.destroy();
    await held(0);
  });
});

describe('messages of a WebSocket', () => {
  it('without space close it: try again later', async () => {
    const socket = new WebSocket(gateway.url.replace(/^http/, 'ws'), 'graphql-transport-ws');
    onTestFinished(() => socket.terminate());
    await once(socket, 'open');
    const messages: { id?: string; type: string }[] = [];
    socket.on('message', (data) => void messages.push(JSON.parse(String(data))));
    const said = (message: object) =>
      vi.waitFor(() => expect(messages).toContainEqual(expect.objectContaining(message)), {
        timeout: 60_000,
      });
    socket.send(
      JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${client.token}` } }),
    );
    await said({ type: 'connection_ack' });
    const subscribe = (id: string, bytes: number) =>
      socket.send(JSON.stringify({ id, type: 'subscribe', payload: JSON.parse(bodyOf(bytes)) }));
    for (const id of ['1', '2', '3']) {
      subscribe(id, 400_000);
      await said({ id, type: 'next' });
      await said({ id, type: 'complete' });
      await held(0);
    }
    const announced = await promise(client, 'Content-Length: 400000');
    await held(400_000);
    subscribe('4', 200_000);
    const [code] = await once(socket, 'close');
    expect(code).toBe(1013);
    announced.destroy();
    await held(0);
  });
});
