import { expect, test } from 'vitest';
import { type Send, sender } from './requests.js';
import { openWorld } from './world.js';
import { findWrites, isAcknowledged, makeSharedCalls, makeWrites, type Write } from './writes.js';

const KILLS = 5;
const AT_ONCE = 2_000;
/** Acknowledged mutations before the first kill; more each time. */
const FIRST_KILL = 60;

/** Sends all at once, and reports the number acknowledged after each. */
async function sendAll(send: Send, writes: Write[], told: (count: number) => void): Promise<string[]> {
  const acknowledged: string[] = [];
  await Promise.all(
    writes.map(async (write) => {
      const reply = await send(write).catch(() => null);
      if (!isAcknowledged(reply?.data)) return;
      acknowledged.push(write.trace);
      told(acknowledged.length);
    }),
  );
  return acknowledged;
}

test('kill -9 in the middle of 2,000 mutations, five times, loses none that was acknowledged, and leaves none by halves', async () => {
  const world = await openWorld();
  const tried: string[] = [];
  const acknowledged: string[] = [];
  for (let round = 1; round <= KILLS; round += 1) {
    // Time enough for all of them, also where much else runs on the machine.
    const gateway = await world.start({ MAX_CONCURRENT_REQUESTS: `${AT_ONCE}`, DATABASE_TIMEOUT: '60' });
    const send = sender(gateway, world.token);
    // An unknown key gets only the slots of unknown keys.
    await send({ query: '{ viewer { name } }' });
    if (round === 1) await makeSharedCalls(send);
    const writes = makeWrites(round, AT_ONCE);
    const killAt = FIRST_KILL * round;
    const done = await sendAll(send, writes, (count) => {
      if (count === killAt) gateway.process.kill('SIGKILL');
    });
    gateway.process.kill('SIGKILL');
    await gateway.ended;
    expect(done.length, `round ${round}: enough for the kill to come in their midst`).toBeGreaterThanOrEqual(
      killAt,
    );
    expect(done.length, `round ${round}: not all, as it was killed`).toBeLessThan(AT_ONCE);
    tried.push(...writes.map(({ trace }) => trace));
    acknowledged.push(...done);
  }
  await untilNobodyWrites(world.sql);
  const { traces, faults } = await findWrites(world.sql);
  const lost = acknowledged.filter((trace) => !traces.has(trace));
  const unknown = [...traces].filter((trace) => !tried.includes(trace));
  const numbers = `${tried.length} tried, ${acknowledged.length} acknowledged, ${traces.size} survived, ${lost.length} lost`;
  console.log(`kill -9 of the gateway, ${KILLS} times: ${numbers}, ${faults.length} by halves`);
  expect({ lost, faults, unknown }, numbers).toEqual({ lost: [], faults: [], unknown: [] });
  expect(acknowledged.length, numbers).toBeGreaterThanOrEqual(KILLS * FIRST_KILL);
  expect(traces.size, numbers).toBeLessThan(tried.length);
});

/** Statements that were under way when the gateway was killed may still end, well or badly. */
const untilNobodyWrites = (sql: Awaited<ReturnType<typeof openWorld>>['sql']) =>
  expect
    .poll(
      () =>
        sql`select from pg_stat_activity
          where datname = current_database() and application_name = 'switchboard'`,
      { timeout: 60_000, interval: 50 },
    )
    .toHaveLength(0);
