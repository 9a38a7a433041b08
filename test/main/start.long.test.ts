import { rm, stat } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeDataDir } from '../support/data-dir.js';
import { isLocked } from '../support/embedded-files.js';
import { ask, type GatewayProcess, startGateway } from '../support/gateway-process.js';
import { createTestDatabase } from '../support/postgres.js';
import { makePreparedDataDir } from '../support/prepared-data-dir.js';
import { onServer } from '../support/server.js';

let dataDir: string;
let running: GatewayProcess[] = [];

beforeEach(async () => {
  dataDir = await makePreparedDataDir();
});

afterEach(async () => {
  await Promise.all(running.map(stop));
  running = [];
  await removeDataDir(dataDir);
});

async function start(env: Record<string, string> = {}): Promise<GatewayProcess> {
  const gateway = await startGateway({ DATA_DIR: dataDir, ...env });
  running.push(gateway);
  return gateway;
}

async function stop(gateway: GatewayProcess) {
  gateway.process.kill('SIGTERM');
  return gateway.ended;
}

const slugOf = async (gateway: GatewayProcess, token: string | undefined) => {
  const { body } = await ask(gateway.url, token, '{ viewer { organization { slug } } }');
  return body.data?.viewer;
};

test('a first start says where it listens, where the explorer is and, once, how to sign in', async () => {
  await rm(dataDir, { recursive: true });
  const first = await start();
  expect(first.token).toMatch(/^sb_/);
  expect(await slugOf(first, first.token)).toEqual({ organization: { slug: 'demo' } });
  const { code, stdout, stderr } = await stop(first);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^Switchboard listens on http:\/\/127\.0\.0\.1:\d+\/graphql\n.*explorer/);
  expect(stdout.trim().split('\n').length).toBeLessThanOrEqual(12);

  const second = await start();
  expect(second.token).toBeUndefined();
  expect(await slugOf(second, first.token)).toEqual({ organization: { slug: 'demo' } });
  expect((await stop(second)).stdout).toContain('keys create');
});

test('two gateways share one folder, and either may stop first', async () => {
  const gateways = await Promise.all([start(), start()]);
  const tokens = gateways.map(({ token }) => token).filter(Boolean);
  expect(tokens).toHaveLength(1);
  const [one, other] = gateways;
  if (!one || !other) throw new Error('two gateways were started');
  expect((await stop(one)).code).toBe(0);
  expect(await slugOf(other, tokens[0])).toEqual({ organization: { slug: 'demo' } });
  expect((await stop(other)).code).toBe(0);
  expect(await isLocked(dataDir)).toBe(false);
});

const demoTraffic = (gateway: GatewayProcess, token: string | undefined, method: string) =>
  fetch(new URL('/demo/traffic', gateway.url), { method, headers: { authorization: `Bearer ${token}` } });

test('simulated calls end with the gateway', async () => {
  const gateway = await start();
  expect((await demoTraffic(gateway, gateway.token, 'POST')).status).toBe(202);
  const writes = async () => {
    const response = await demoTraffic(gateway, gateway.token, 'GET');
    return ((await response.json()) as { written: { writes: number } }).written.writes;
  };
  await expect.poll(writes).toBeGreaterThan(0);
  const { code, stderr } = await stop(gateway);
  expect(code).toBe(0);
  expect(stderr).not.toContain('simulated calls: failed');
});

test('nothing is seeded with DEMO=false, and no calls are simulated', async () => {
  const gateway = await start({ DEMO: 'false' });
  expect(gateway.token).toBeUndefined();
  expect((await demoTraffic(gateway, 'any', 'POST')).status).toBe(404);
  await expect(stop(gateway)).resolves.toMatchObject({ code: 0 });
});

test('with DATABASE_URL, the embedded server is neither started nor loaded, and nothing is seeded', async () => {
  await rm(dataDir, { recursive: true });
  const database = await createTestDatabase();
  const refuse = `export const resolve = (name, context, next) => {
    if (name.includes('embedded') && !context.parentURL?.includes('/jose/')) throw new Error(name + ' was loaded');
    return next(name, context);
  };`;
  const dataUrl = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;
  const hook = dataUrl(
    `import { register } from 'node:module'; register(${JSON.stringify(dataUrl(refuse))});`,
  );
  const gateway = await start({ DATABASE_URL: database.url, NODE_OPTIONS: `--import=${hook}` });
  expect(gateway.token).toBeUndefined();
  await onServer(database.url, async (sql) => {
    expect(await sql`select from organizations`).toHaveLength(0);
  });
  expect(await stop(gateway)).toMatchObject({ code: 0, stderr: '' });
  await expect(stat(dataDir)).rejects.toThrow('ENOENT');
  await database.drop();
});
