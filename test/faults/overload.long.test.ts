import { expect, test } from 'vitest';
import { memoryOf } from './process-facts.js';
import { metric, type Operation, type Reply, sender } from './requests.js';
import { openWorld } from './world.js';

const EXECUTING = 16;
const QUEUED = 48;
/** Clients with one request after the other: four times as many as the gateway takes on. */
const CLIENTS = 4 * (EXECUTING + QUEUED);
const LIMITS = { MAX_CONCURRENT_REQUESTS: `${EXECUTING}`, MAX_QUEUED_REQUESTS: `${QUEUED}` };
const QUERY: Operation = {
  query: '{ viewer { name } calls(first: 10) { totalCount nodes { id metadata } } }',
};

test('four times what it takes on: the surplus is 503 with Retry-After at once, memory stays bounded, and it recovers at once', async () => {
  const world = await openWorld();
  const gateway = await world.start({ ...LIMITS, LOG_LEVEL: 'silent' });
  const send = sender(gateway, world.token);
  const pid = gateway.process.pid ?? 0;
  const replies: Reply[] = [];
  const failures: string[] = [];
  const flood = async (requests: number) => {
    let left = requests;
    const client = async () => {
      while (left > 0) {
        left -= 1;
        await send(QUERY).then(
          (reply) => replies.push(reply),
          (error) => failures.push(String(error.cause ?? error)),
        );
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
  };
  await flood(1_500);
  const warm = await memoryOf(pid);
  replies.length = 0;
  await flood(6_000);
  const grown = (await memoryOf(pid)) - warm;
  const after = await send(QUERY);

  const served = replies.filter(({ status }) => status === 200);
  const shed = replies.filter(({ status }) => status !== 200);
  const middle = (some: Reply[]) =>
    some.map(({ milliseconds }) => milliseconds).toSorted((a, b) => a - b)[some.length >> 1] ?? 0;
  const numbers =
    `${replies.length} tried, ${served.length} served in ${middle(served).toFixed(0)} ms, ${shed.length} turned away in ` +
    `${middle(shed).toFixed(0)} ms, ${failures.length} lost; memory grew by ${(grown / 1e6).toFixed(0)} MB`;
  console.log(`overload: ${numbers}`);
  expect(failures, numbers).toEqual([]);
  expect(served.length, numbers).toBeGreaterThan(EXECUTING + QUEUED);
  expect(shed.length, numbers).toBeGreaterThan(500);
  for (const { status, code, headers } of shed) {
    expect({ status, code, retryAfter: headers['retry-after'] }).toEqual({
      status: 503,
      code: 'OVERLOADED',
      retryAfter: '1',
    });
    expect(headers['x-request-id']).toBeDefined();
  }
  expect(middle(shed), numbers).toBeLessThan(Math.max(50, middle(served)));
  expect(grown, numbers).toBeLessThan(100e6);
  expect({ status: after.status, code: after.code }, 'the first request afterwards').toEqual({
    status: 200,
    code: undefined,
  });
  expect(await metric(gateway.url, 'switchboard_requests_executing')).toBe(0);
  expect(await metric(gateway.url, 'switchboard_requests_queued')).toBe(0);
});
