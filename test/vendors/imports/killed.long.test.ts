import { readFile } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import { openWorld } from '../../faults/world.js';
import { clientOf } from '../../support/gateway.js';
import { numbers } from '../../support/numbers.js';
import { givenAccount } from '../../support/vendors/accounts.js';
import { openBurki } from '../../support/vendors/burki.js';
import { countCalls, givenImport, readImport } from './imports.js';

/** `CALLS=50000` for the whole test. */
const CALLS = Number(process.env.CALLS ?? 4_000);
const ENV = {
  SECRETS_KEYS: `k1:${Buffer.alloc(32, 7).toString('base64')}`,
  VENDORS_ALLOW_PRIVATE: 'on',
  LOG_LEVEL: 'silent',
  DATABASE_TIMEOUT: '60',
};

test('an import beside new calls, killed twice, has each call once, and its progress never goes back', async () => {
  const world = await openWorld();
  const burki = await openBurki();
  onTestFinished(() => burki.close());
  for (const n of numbers(CALLS)) {
    const began = new Date(Date.UTC(2024, 0, 1) + n * 1_000).toISOString();
    burki.add({ id: n + 1, status: 'completed', started_at: began.replace('Z', ''), call_meta: { n } });
  }
  let gateway = await world.start(ENV);
  const client = () => clientOf(gateway.url, world.token, `Bearer ${world.token}`);
  const { id: account } = await givenAccount(client(), { system: 'BURKI', url: burki.url });
  await world.sql`update vendor_accounts set rate = 500, base_rate = 500`;
  const { node } = await client().ask(
    'query ($id: ID!) { node(id: $id) { ... on VendorAccount { webhookUrl } } }',
    { id: account },
  );
  const hook = () => new URL(new URL(node.webhookUrl).pathname, gateway.url);
  const { id } = await givenImport(client(), account);
  const began = performance.now();

  let arrived = 0;
  const arrive = async () => {
    const { call_sid } = burki.add({ id: CALLS + arrived + 1, started_at: new Date().toISOString() });
    const body = JSON.stringify({ event: 'call_started', call_sid });
    const answer = await fetch(hook(), { method: 'POST', body }).catch(() => null);
    if (answer?.status === 200) arrived += 1;
  };
  let memory = 0;
  const seen: number[] = [0];
  const kills = [CALLS / 4, CALLS / 2];
  for (;;) {
    const now = await readImport(client(), id);
    seen.push(now.seen);
    if (now.state !== 'RUNNING') break;
    await arrive();
    memory = Math.max(memory, await residentMegabytes(gateway.process.pid));
    if (now.seen < (kills[0] ?? Number.POSITIVE_INFINITY)) continue;
    kills.shift();
    gateway.process.kill('SIGKILL');
    await gateway.ended;
    // Its lease would last for up to 45 s.
    await world.sql`update call_imports set claimed_until = now()`;
    await world.sql`update inbound_messages set claimed_until = now() where claim is not null`;
    gateway = await world.start(ENV);
  }
  const seconds = (performance.now() - began) / 1_000;
  console.log(
    `an import of ${CALLS} calls beside ${arrived} new ones, killed twice: ${seconds.toFixed(1)} s, ` +
      `${(CALLS / seconds).toFixed(0)} calls/s with two starts of a gateway, at most ${memory.toFixed(0)} MB`,
  );
  expect(kills).toEqual([]);
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  expect(await readImport(client(), id)).toMatchObject({
    ...{ state: 'DONE', seen: CALLS, total: CALLS, created: CALLS, updated: 0, failed: 0 },
  });
  await expect.poll(() => countCalls(client())).toBe(CALLS + arrived);
  expect(burki.violations).toEqual([]);
});

async function residentMegabytes(pid = 0): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1_024;
}
