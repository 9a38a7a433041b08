import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { followOver } from '../live/followers.js';
import type { GatewayProcess } from '../support/gateway-process.js';
import { Balancer } from './balancer.js';
import { probe } from './requests.js';
import { openWorld } from './world.js';
import { findWrites, makeWrites } from './writes.js';

const CLIENTS = 16;

/** Ends a gateway as an orchestrator does, and returns the outcome. */
async function terminate(gateway: GatewayProcess): Promise<{ redAfter: number; goneAfter: number }> {
  const began = performance.now();
  gateway.process.kill('SIGTERM');
  await expect
    .poll(async () => (await probe(gateway.url, '/health/ready'))?.status, { timeout: 5_000, interval: 5 })
    .toBe(503);
  const redAfter = performance.now() - began;
  expect(gateway.process.exitCode, 'it serves on while it is not ready').toBeNull();
  expect((await probe(gateway.url, '/health/live'))?.status).toBe(200);
  const { code, stderr } = await gateway.ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return { redAfter: Math.round(redAfter), goneAfter: Math.round(performance.now() - began) };
}

/** Connections of all kinds that a client may leave open. */
async function leaveOpen({ url }: GatewayProcess, token: string): Promise<void> {
  const [socket, stream] = [followOver('ws', { url, token }), followOver('sse', { url, token })];
  const { hostname, port } = new URL(url);
  for (const said of ['', 'GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n']) {
    const wire = connect(Number(port), hostname);
    onTestFinished(() => void wire.destroy());
    wire.on('error', () => {});
    await once(wire, 'connect');
    wire.write(said);
    if (said) await once(wire, 'data');
  }
  await expect
    .poll(async () => (await probe(url, '/metrics'))?.text)
    .toMatch(/^switchboard_live_sockets 1$/m);
  await expect
    .poll(async () => (await probe(url, '/metrics'))?.text)
    .toMatch(/^switchboard_live_streams 1$/m);
  expect([socket.over, stream.over]).toEqual([undefined, undefined]);
}

test('SIGTERM under load: it says first that it is not ready, no request fails, and it is gone within 10 s', async () => {
  const world = await openWorld();
  const gateway = await world.start({ DRAIN_DELAY: '1' });
  await leaveOpen(gateway, world.token);
  const balancer = new Balancer(world.token);
  balancer.add(gateway);
  const writes = makeWrites('s', 100_000).filter(({ kind }) => kind === 'upsert');
  const traffic = balancer.load(CLIENTS, () => writes.pop() ?? { query: '{ __typename }' });
  await expect.poll(() => traffic.answered, { timeout: 60_000 }).toBeGreaterThan(100);
  const { redAfter, goneAfter } = await terminate(gateway);
  await traffic.stop();
  const { traces, faults } = await findWrites(world.sql);
  const numbers =
    `${traffic.answered + traffic.failures.length} tried, ${traces.size} survived, ` +
    `${traffic.failures.length} failed; red after ${redAfter} ms, gone after ${goneAfter} ms`;
  console.log(`SIGTERM under load: ${numbers}`);
  expect({ failures: traffic.failures, faults }, numbers).toEqual({ failures: [], faults: [] });
  expect(traces.size, numbers).toBe(traffic.answered);
  expect(goneAfter, numbers).toBeLessThan(10_000);
});

test('two gateways are replaced one after the other, and a client that obeys readiness meets no failure', async () => {
  const world = await openWorld();
  const start = async () => {
    const gateway = await world.start({ DRAIN_DELAY: '1' });
    balancer.add(gateway);
    return gateway;
  };
  const balancer = new Balancer(world.token);
  const old = await Promise.all([start(), start()]);
  const traffic = balancer.load(CLIENTS, () => ({
    query: '{ viewer { name } calls(first: 5) { totalCount } }',
  }));
  for (const gateway of old) {
    await expect.poll(() => balancer.ready, { timeout: 60_000 }).toBe(2);
    const before = traffic.answered;
    await expect.poll(() => traffic.answered, { timeout: 60_000 }).toBeGreaterThan(before + 100);
    await terminate(gateway);
    await start();
  }
  const before = traffic.answered;
  await expect.poll(() => traffic.answered, { timeout: 60_000 }).toBeGreaterThan(before + 100);
  await traffic.stop();
  const numbers = `${traffic.answered + traffic.failures.length} tried, ${traffic.failures.length} failed`;
  console.log(`rolling restart: ${numbers}`);
  expect(traffic.failures, numbers).toEqual([]);
});
