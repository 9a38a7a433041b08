import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { VERSION } from '../../src/foundation/version.js';
import { startGateway } from '../support/gateway-process.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { runProgram } from '../support/program.js';

let database: TestDatabase;

beforeEach(async () => {
  database = await createTestDatabase();
});

afterEach(() => database.drop());

const health = (env: Record<string, string>, ...args: string[]) =>
  runProgram('cli/main.js', ['health', ...args], env);

test.each(['127.0.0.1', '0.0.0.0', '::'])(
  'says that a gateway on %s is ready, and why it no longer is',
  async (host) => {
    const gateway = await startGateway({ DATABASE_URL: database.url, HOST: host, DRAIN_DELAY: '5' });
    const { port } = new URL(gateway.url);
    const origin = `http://${host === '::' ? '[::1]' : '127.0.0.1'}:${port}`;
    const env = { HOST: host, PORT: port };
    const stdout = `The gateway ${VERSION} at ${origin} is ready.\n`;
    expect(await health(env)).toEqual({ code: 0, stdout, stderr: '' });
    gateway.process.kill('SIGTERM');
    const stderr = `switchboard: the gateway at ${origin} is not ready: draining\n`;
    await expect.poll(() => health(env), { timeout: 5_000 }).toEqual({ code: 1, stdout: '', stderr });
  },
);

test('says where no gateway answers', async () => {
  const { code, stderr } = await health({ PORT: '1' });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^switchboard: no gateway answers at http:\/\/127\.0\.0\.1:1 \(HOST, PORT\): .+\n$/);
});

test('says that something else answers', async () => {
  const server = createServer((_, response) => response.writeHead(404).end('{"checks":1}'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const { code, stderr } = await health({ PORT: `${port}` });
  expect(code).toBe(1);
  expect(stderr).toBe(
    `switchboard: what answers at http://127.0.0.1:${port} (HOST, PORT) is no gateway: HTTP status 404\n`,
  );
});

test('needs a port, and takes no arguments', async () => {
  const { code, stderr } = await health({ PORT: '0' });
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: 'switchboard: PORT must be that of the running gateway: with 0 it took any free one\n',
  });
  expect((await health({}, 'now')).code).toBe(2);
});
