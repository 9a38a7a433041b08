import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres, { type Sql } from 'postgres';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { removeDataDir } from '../support/data-dir.js';
import { embeddedUrl, isLocked } from '../support/embedded-files.js';
import { ask, type GatewayProcess, startGateway } from '../support/gateway-process.js';
import { makePreparedDataDir } from '../support/prepared-data-dir.js';
import { startProgram } from '../support/program.js';

let dataDir: string;

beforeEach(async () => {
  dataDir = await makePreparedDataDir();
});

afterEach(() => removeDataDir(dataDir));

const listCalls = (gateway: GatewayProcess) =>
  ask(gateway.url, gateway.token, '{ calls(first: 1) { edges { node { id } } } }');

/** Blocks every statement that reads calls until `release`. */
async function holdCalls(): Promise<{ waiting(): Promise<void>; release(): Promise<void> }> {
  const url = await embeddedUrl(dataDir);
  const [holder, observer] = [0, 1].map(() => postgres(url, { max: 1, onnotice: () => {} })) as [Sql, Sql];
  await holder`begin`;
  await holder`lock table calls in access exclusive mode`;
  return {
    async waiting() {
      const held = () => observer`select from pg_locks where relation = 'calls'::regclass and not granted`;
      // Workers of the gateway may wait beside the request.
      await expect.poll(async () => (await held()).length, { timeout: 10_000 }).toBeGreaterThan(0);
      await observer.end({ timeout: 1 });
    },
    release: () => holder.end({ timeout: 0 }),
  };
}

test('Ctrl-C lets a request in flight finish, then stops Postgres and ends with 0', async () => {
  const gateway = await startGateway({ DATA_DIR: dataDir });
  const calls = await holdCalls();
  const answer = listCalls(gateway);
  await calls.waiting();
  // The terminal signals the whole group, and npm passes the signal on once more.
  gateway.signalGroup('SIGINT');
  await sleep(20);
  gateway.signalGroup('SIGINT');
  await sleep(300);
  expect(gateway.process.exitCode).toBeNull();
  await expect(fetch(gateway.url)).rejects.toThrow();
  await calls.release();
  const { status, body } = await answer;
  expect(status).toBe(200);
  expect(body.errors).toBeUndefined();
  expect(await gateway.ended).toMatchObject({ code: 0, stderr: '' });
  expect(await isLocked(dataDir)).toBe(false);
});

test('SIGTERM ends an idle gateway with 0 and stops Postgres', async () => {
  const gateway = await startGateway({ DATA_DIR: dataDir });
  // A client's idle connection must not hold it up.
  await listCalls(gateway);
  const began = performance.now();
  gateway.process.kill('SIGTERM');
  expect(await gateway.ended).toMatchObject({ code: 0, stderr: '' });
  expect(performance.now() - began).toBeLessThan(4000);
  expect(await isLocked(dataDir)).toBe(false);
});

/** A connection without a request. */
async function connectSilently({ url }: GatewayProcess) {
  const { hostname, port } = new URL(url);
  const wire = connect(Number(port), hostname);
  onTestFinished(() => void wire.destroy());
  await once(wire, 'connect');
  return wire;
}

const isClosed = ({ url }: GatewayProcess) =>
  expect.poll(() => fetch(url).catch(() => 'refused'), { timeout: 10_000, interval: 5 }).toBe('refused');

test('a first request on a connection that is older than the end of listening is answered', async () => {
  const gateway = await startGateway({ DATA_DIR: dataDir, SHUTDOWN_TIMEOUT: '200' });
  const wire = await connectSilently(gateway);
  gateway.process.kill('SIGTERM');
  await isClosed(gateway);
  // Longer than the server's check of its connections.
  await sleep(300);
  const answer = text(wire);
  wire.write('GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n');
  expect(await answer).toMatch(/^HTTP\/1.1 200 OK\r\n(?:.*\r\n)*connection: close\r\n/i);
  expect(await gateway.ended).toMatchObject({ code: 0, stderr: '' });
});

test('a connection that stays silent does not hold the stop back to its end', async () => {
  const gateway = await startGateway({ DATA_DIR: dataDir, SHUTDOWN_TIMEOUT: '30' });
  const wire = await connectSilently(gateway);
  wire.on('error', () => {});
  gateway.process.kill('SIGTERM');
  expect(await gateway.ended).toMatchObject({ code: 0, stderr: '' });
});

test('a signal during the start ends it with 0 and leaves nothing running', async () => {
  const program = startProgram('main.js', [], { DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'warn' });
  await expect.poll(() => isLocked(dataDir), { timeout: 10_000, interval: 5 }).toBe(true);
  program.signalGroup('SIGTERM');
  expect(await program.ended).toMatchObject({ code: 0, stderr: '' });
  expect(await isLocked(dataDir)).toBe(false);
});

test('a request that does not finish within SHUTDOWN_TIMEOUT is cut off, and the end is 1', async () => {
  const gateway = await startGateway({ DATA_DIR: dataDir, SHUTDOWN_TIMEOUT: '1' });
  const calls = await holdCalls();
  const answer = listCalls(gateway).catch(() => undefined);
  await calls.waiting();
  gateway.process.kill('SIGTERM');
  const { code, stderr } = await gateway.ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(/^switchboard: .*SHUTDOWN_TIMEOUT.*$/m);
  expect(await isLocked(dataDir)).toBe(false);
  await answer;
  await calls.release();
});
