import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { GatewayProcess } from '../support/gateway-process.js';
import { descriptorsOf, heapOf, REPORTS_HEAP } from './process-facts.js';
import { metric, sender } from './requests.js';
import { keyOf, openWorld } from './world.js';

const QUERY = JSON.stringify({
  query: '{ calls(first: 100) { nodes { id metadata references { value } } } }',
});

const head = (token: string, length: number) =>
  `POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nAuthorization: Bearer ${token}\r\n` +
  `Content-Length: ${length}\r\n\r\n`;

/** What each of so many connections says, a piece at a time, with a pause before every further piece. */
interface Misbehaviour {
  name: string;
  connections: number;
  pieces(token: string): string[];
  pause?: number;
  /** Milliseconds until the client hangs up. */
  patience: number;
}

const MISBEHAVIOURS: Misbehaviour[] = [
  {
    name: 'asks, and never reads',
    connections: 20,
    pieces: (token) => [(head(token, QUERY.length) + QUERY).repeat(20)],
    patience: 1_000,
  },
  {
    name: 'sends a byte a second',
    connections: 50,
    pieces: (token) => [...head(token, 10)],
    pause: 1_000,
    patience: 2_500,
  },
  { name: 'opens a socket and is silent', connections: 1_000, pieces: () => [], patience: 500 },
  {
    name: 'stops in the middle of the body',
    connections: 200,
    pieces: (token) => [head(token, QUERY.length) + QUERY.slice(0, 20)],
    patience: 500,
  },
  {
    name: 'hangs up in the middle of its request',
    connections: 300,
    pieces: (token) => [head(token, QUERY.length) + QUERY],
    patience: 5,
  },
];

async function misbehave({ url }: GatewayProcess, token: string, how: Misbehaviour, connections: number) {
  const { hostname, port } = new URL(url);
  const open = async (): Promise<Socket> => {
    const socket = connect(Number(port), hostname);
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  };
  const sockets = await Promise.all(Array.from({ length: connections }, open));
  const deadline = performance.now() + how.patience;
  for (const piece of how.pieces(token)) {
    for (const socket of sockets) socket.write(piece);
    if (performance.now() + (how.pause ?? 0) > deadline) break;
    await sleep(how.pause ?? 0);
  }
  await sleep(Math.max(0, deadline - performance.now()));
  return () => {
    for (const socket of sockets) socket.destroy();
  };
}

test('clients that never read, are slow, silent, stop half-way or hang up delay no one and leak nothing', async () => {
  const world = await openWorld();
  const gateway = await world.start({ ...REPORTS_HEAP, LOG_LEVEL: 'silent' });
  const pid = gateway.process.pid ?? 0;
  const send = sender(gateway, world.token);
  // One whose own requests are few: those with the same key wait for each other.
  const askOther = sender(gateway, await keyOf(world.databaseUrl, 'other'));
  const askAsOther = () => askOther({ query: '{ viewer { name } }' });
  await askAsOther();
  for (let index = 0; index < 100; index += 1) {
    const value = `${index} ${'x'.repeat(1_000)}`;
    const query = `mutation ($value: String!, $metadata: JSONObject!) { upsertCall(input: { references:
      [{ system: OTHER, name: "case", value: $value }], metadata: $metadata }) { created } }`;
    await send({ query, variables: { value: `case ${index}`, metadata: { value } } });
  }
  const settled = async () => {
    for (const name of ['requests_executing', 'requests_queued', 'database_pool_in_use']) {
      await expect
        .poll(() => metric(gateway.url, `switchboard_${name}`), { timeout: 15_000, message: name })
        .toBe(0);
    }
  };
  // Once before it counts: code is compiled, and buffers are made.
  for (const how of MISBEHAVIOURS) (await misbehave(gateway, world.token, how, 20))();
  // So that this test keeps no more connections alive later.
  await Promise.all(Array.from({ length: 8 }, askAsOther));
  await settled();
  // But for those of the pool, which opens connections as it needs them.
  const descriptors = async () => {
    const backends = await world.sql`select from pg_stat_activity
      where datname = current_database() and application_name like 'switchboard%'`;
    return (await descriptorsOf(pid)) - backends.length;
  };
  const before = { descriptors: await descriptors(), heap: await heapOf(gateway, 1) };

  let opened = 0;
  let slowest = 0;
  for (const how of MISBEHAVIOURS) {
    const misbehaving = misbehave(gateway, world.token, how, how.connections);
    const other = await askAsOther();
    const leave = await misbehaving;
    const another = await askAsOther();
    expect([other.status, another.status], `another client, while one ${how.name}`).toEqual([200, 200]);
    slowest = Math.max(slowest, other.milliseconds, another.milliseconds);
    opened += how.connections;
    leave();
  }
  await settled();
  await expect
    .poll(descriptors, { timeout: 15_000, message: 'open files and sockets' })
    .toBeLessThanOrEqual(before.descriptors);
  const after = { descriptors: await descriptors(), heap: await heapOf(gateway, 2) };
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
  const numbers =
    `${opened} connections; descriptors ${before.descriptors}, then ${after.descriptors}; heap ${megabytes(before.heap)} MB, ` +
    `then ${megabytes(after.heap)} MB; others waited ${Math.round(slowest)} ms at most`;
  console.log(`bad clients: ${numbers}`);
  expect(after.heap - before.heap, numbers).toBeLessThan(5e6);
});
