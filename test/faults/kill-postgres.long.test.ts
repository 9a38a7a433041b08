import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { migrate } from '../../src/db/migrate.js';
import { openEmbeddedPostgres } from '../../src/embedded-postgres/embedded-postgres.js';
import { removeDataDir } from '../support/data-dir.js';
import { postmasterPid } from '../support/embedded-files.js';
import { type GatewayProcess, startGateway } from '../support/gateway-process.js';
import { makePreparedDataDir } from '../support/prepared-data-dir.js';
import { probe, type Reply, type Send, sender } from './requests.js';
import { type World, worldOn } from './world.js';
import { findWrites, isAcknowledged, makeSharedCalls, makeWrites, type Write } from './writes.js';

/** Clients that write one call after the other, regardless of the answers. */
const CLIENTS = 16;

function writeOn(send: Send, writes: Write[]) {
  const replies: (Reply & { trace: string })[] = [];
  let isOver = false;
  onTestFinished(() => {
    isOver = true;
  });
  const client = async () => {
    for (let write = writes.pop(); write !== undefined && !isOver; write = writes.pop()) {
      const reply = await send(write);
      replies.push({ ...reply, trace: write.trace });
      if (reply.status === 503) await sleep(20);
    }
  };
  const clients = Promise.all(Array.from({ length: CLIENTS }, client));
  return {
    replies,
    async stop() {
      isOver = true;
      await clients;
    },
  };
}

/** Kills Postgres under writers; checks their answers, how soon they come, and what is stored afterwards. */
async function killPostgres(gateway: GatewayProcess, { sql, token }: World, dataDir: string): Promise<void> {
  const send = sender(gateway, token);
  await makeSharedCalls(send);
  const { replies, stop } = writeOn(send, makeWrites('p', 50_000));
  const acknowledged = () => replies.filter(({ data }) => isAcknowledged(data));
  await expect.poll(() => acknowledged().length, { timeout: 60_000 }).toBeGreaterThan(100);

  const before = replies.length;
  process.kill(await postmasterPid(dataDir), 'SIGKILL');
  const killed = performance.now();
  await expect.poll(() => replies.some(({ status }) => status === 503), { timeout: 5_000 }).toBe(true);
  const atKill = acknowledged().length;
  await expect.poll(() => acknowledged().length, { timeout: 15_000, interval: 5 }).toBeGreaterThan(atKill);
  const back = performance.now() - killed;
  await expect.poll(() => acknowledged().length, { timeout: 15_000 }).toBeGreaterThan(atKill + 100);
  await expect
    .poll(async () => (await probe(gateway.url, '/health/ready'))?.status, { timeout: 5_000 })
    .toBe(200);
  await stop();

  const refused = replies.slice(before).filter(({ data }) => !isAcknowledged(data));
  const slowest = Math.max(...refused.map(({ milliseconds }) => milliseconds));
  const { traces, faults } = await findWrites(sql);
  const lost = acknowledged().filter(({ trace }) => !traces.has(trace));
  const numbers =
    `${replies.length} tried, ${acknowledged().length} acknowledged, ${traces.size} survived, ${lost.length} lost, ` +
    `${refused.length} refused within ${Math.round(slowest)} ms, served again after ${Math.round(back)} ms`;
  console.log(`kill -9 of Postgres: ${numbers}, ${faults.length} by halves`);
  expect({ lost, faults }, numbers).toEqual({ lost: [], faults: [] });
  expect([...new Set(refused.map(({ status, code }) => `${status} ${code}`))], numbers).toEqual([
    '503 SERVICE_UNAVAILABLE',
  ]);
  expect(slowest, numbers).toBeLessThan(2_000);
  expect(gateway.process.exitCode).toBeNull();
}

test('the embedded Postgres that was killed is started again by the gateway, and what was acknowledged is there', async () => {
  const dataDir = await makePreparedDataDir();
  onTestFinished(() => removeDataDir(dataDir));
  const gateway = await startGateway({ DATA_DIR: dataDir, DEMO: 'false', LOG_LEVEL: 'silent' });
  const server = await openEmbeddedPostgres({ dataDir });
  const world = await worldOn(server.url);
  // From here on, only the gateway can restart it.
  await server.close();
  await killPostgres(gateway, world, dataDir);
  const died = await postmasterPid(dataDir);
  await world.sql.end({ timeout: 0 });
  gateway.process.kill('SIGTERM');
  expect(await gateway.ended).toMatchObject({ code: 0, stderr: '' });
  expect(() => process.kill(died, 0), 'it has stopped the server that it started').toThrow('ESRCH');
});

test("a DATABASE_URL's Postgres that was killed is used again once it is back", async () => {
  const dataDir = await makePreparedDataDir();
  onTestFinished(() => removeDataDir(dataDir));
  // This process restarts it, as a supervisor would.
  const server = await openEmbeddedPostgres({ dataDir });
  onTestFinished(server.close);
  await migrate(server.url);
  const world = await worldOn(server.url);
  const gateway = await world.start({ LOG_LEVEL: 'silent' });
  await killPostgres(gateway, world, dataDir);
  gateway.process.kill('SIGTERM');
  expect((await gateway.ended).code).toBe(0);
});
