import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { probe, sender } from './requests.js';
import { openWorld } from './world.js';
import { findWrites, isAcknowledged, makeSharedCalls, makeWrites } from './writes.js';

/** Seconds that a statement may take. */
const TIMEOUT = 3;
/** Beside one for sign-in. */
const POOL = 3;
const REQUESTS = 60;

test('while another connection locks the calls, every request is answered within the statement timeout, and nothing is stuck or written afterwards', async () => {
  const world = await openWorld();
  const gateway = await world.start({
    DATABASE_POOL_SIZE: `${POOL + 1}`,
    DATABASE_TIMEOUT: `${TIMEOUT}`,
    LOG_LEVEL: 'silent',
  });
  const send = sender(gateway, world.token);
  await makeSharedCalls(send);
  const before = await findWrites(world.sql);
  const writes = makeWrites('l', REQUESTS / 2);
  const holder = await world.sql.reserve();
  await holder`begin`;
  // Its first statement is planned, for which it needs a lock of the table as well.
  expect((await probe(gateway.url, '/health/ready'))?.status).toBe(200);
  await holder`lock table calls in access exclusive mode`;
  const began = performance.now();
  const waiting = Promise.all(
    writes.flatMap((write) => [send(write), send({ query: '{ calls(first: 5) { nodes { id } } }' })]),
  );
  await expect
    .poll(async () => (await probe(gateway.url, '/metrics'))?.text, { interval: 20 })
    .toMatch(new RegExp(`^switchboard_database_pool_in_use ${POOL}$`, 'm'));
  const health = await probe(gateway.url, '/health/ready');
  const free = await sender(gateway)({ query: '{ __typename }' });
  expect(performance.now() - began, 'others were asked while all connections were held').toBeLessThan(
    TIMEOUT * 1000,
  );
  expect([health?.status, free.status], 'what needs no connection of the pool is answered').toEqual([
    200, 200,
  ]);

  const replies = await waiting;
  const times = replies.map(({ milliseconds }) => milliseconds).toSorted((a, b) => a - b);
  const numbers =
    `${replies.length} tried with ${POOL} connections and ${TIMEOUT} s, told after ` +
    `${Math.round(times[times.length >> 1] ?? 0)} ms, the last after ${Math.round(times.at(-1) ?? 0)} ms`;
  console.log(`locked: ${numbers}`);
  expect([...new Set(replies.map(({ status, code }) => `${status} ${code}`))], numbers).toEqual([
    '503 SERVICE_UNAVAILABLE',
  ]);
  // With time for a busy machine to say so.
  expect(times.at(-1), numbers).toBeLessThan(2 * TIMEOUT * 1000);
  expect(times[times.length >> 1], 'most wait in the queue, and are answered sooner').toBeLessThan(
    TIMEOUT * 1000,
  );

  await holder`rollback`;
  holder.release();
  // Long enough for what might have been forgotten somewhere to be carried out.
  await sleep(200);
  expect(await findWrites(world.sql), 'nothing was written').toEqual(before);
  // One after the other: on a busy machine not all would get one of the few connections in time.
  for (const write of writes) expect(isAcknowledged((await send(write)).data)).toBe(true);
  const { traces, faults } = await findWrites(world.sql);
  expect({ written: traces.size, faults }).toEqual({ written: writes.length, faults: [] });
});
