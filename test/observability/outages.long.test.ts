import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { openProxy } from '../errors/proxy.js';
import { socketUrl } from '../live/followers.js';
import { openGatewayOn, openTestGateway, type TestGateway } from '../support/gateway.js';
import { createTestDatabase } from '../support/postgres.js';

const linesOf = ({ log }: TestGateway) => log.map((line) => JSON.parse(line));
const messagesOf = (gateway: TestGateway, level: number) =>
  linesOf(gateway)
    .filter((line) => line.level === level)
    .map(({ msg }) => msg);

it('the loss of the database and its return are one line each at warn, with the cause, even without requests', async () => {
  const test = await createTestDatabase();
  onTestFinished(test.drop);
  const proxy = await openProxy(test.url);
  const gateway = await openGatewayOn(proxy.url);
  onTestFinished(async () => {
    await gateway.close();
    await proxy.cut();
  });
  await proxy.cut();
  await expect.poll(() => messagesOf(gateway, 40), { timeout: 10_000 }).toContain('the database was lost');
  expect(linesOf(gateway).find(({ msg }) => msg === 'the database was lost').err).toMatchObject({
    code: expect.any(String),
  });
  await proxy.restore();
  await expect.poll(() => messagesOf(gateway, 40), { timeout: 10_000 }).toContain('the database is back');
  const logged = messagesOf(gateway, 40).filter((msg) => /^the database (was|is back)/.test(msg));
  expect(logged).toEqual(['the database was lost', 'the database is back']);
});

it('a start, a drain and an end are a line each, and so is each WebSocket that is refused', async () => {
  const gateway = await openTestGateway({}, 'info');
  const open = async (url: string, protocol: string, options = {}) => {
    const socket = new WebSocket(url, protocol, options);
    socket.on('error', () => {});
    await new Promise((resolve) => socket.once('close', resolve));
  };
  const url = socketUrl(gateway.url);
  await open(`${url}/elsewhere`, 'graphql-transport-ws');
  await open(url, 'graphql-transport-ws', { origin: 'https://elsewhere.example' });
  await open(url, 'graphql-ws');
  await expect
    .poll(() => linesOf(gateway).filter(({ msg }) => /WebSocket/.test(msg)))
    .toMatchObject([
      { msg: 'a WebSocket was refused', status: '404 Not Found' },
      {
        msg: 'a WebSocket was closed',
        code: 4403,
        reason: expect.stringMatching(/^Pages of https:\/\/elsewhere.example .*CORS_ORIGINS$/),
      },
      { msg: 'a WebSocket was closed', code: 4406 },
    ]);
  gateway.drain();
  await gateway.close();
  expect(messagesOf(gateway, 30)).toEqual(
    expect.arrayContaining(['the gateway listens', 'the gateway drains', 'the gateway has stopped']),
  );
});

it('a collector that takes no spans is one line at warn, and so is its recovery', async () => {
  let status = 400;
  const collector = createServer((_request, response) => response.writeHead(status).end('{}')).listen(
    0,
    '127.0.0.1',
  );
  onTestFinished(() => void collector.close());
  await once(collector, 'listening');
  const { port } = collector.address() as { port: number };
  const gateway = await openTestGateway({ otlpEndpoint: `http://127.0.0.1:${port}` });
  onTestFinished(gateway.close);
  const client = await gateway.client();
  const spans = () => linesOf(gateway).filter(({ msg }) => /^spans/.test(msg));
  // Spans are sent every few seconds.
  const ask = async () => {
    await client.ask('{ viewer { name } }');
    return spans().length;
  };
  await expect.poll(ask, { timeout: 60_000, interval: 200 }).toBe(1);
  expect(spans()).toMatchObject([{ level: 40, err: { message: expect.any(String) } }]);
  status = 200;
  await expect.poll(ask, { timeout: 60_000, interval: 200 }).toBe(2);
});
