import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { runProgram, startProgram } from '../support/program.js';

let gateway: TestGateway;
let acme: Client;

beforeAll(async () => {
  gateway = await openTestGateway();
  acme = await gateway.client({ organization: 'acme' });
});
afterAll(() => gateway.close());

const env = () => ({ DATABASE_URL: gateway.databaseUrl });
const demoTraffic = (...args: string[]) => runProgram('cli/main.js', ['demo', 'traffic', ...args], env());
const callsOf = async (client: Client): Promise<number> => {
  const { calls } = await client.ask('{ calls { totalCount } }');
  return calls.totalCount;
};

test('makes an organization of the demo, and writes its day once', async () => {
  const args = ['--organization', 'demo-one', '--calls', '20', '--day', '2026-03-02', '--seed', '3'];
  const first = await demoTraffic(...args);
  expect(first.code).toBe(0);
  expect(first.stdout).toMatch(
    /^20 calls of 2026-03-02 are in the organization demo-one \(seed 3, \d+ writes\)\.\nMake a key for it: switchboard keys create --organization demo-one --name me --scopes all\n$/,
  );
  expect(first.stderr).toMatch(/20 of 20 calls \(100 %\)/);
  const client = await gateway.client({ organization: 'demo-one' });
  expect(await callsOf(client)).toBe(20);
  const again = await demoTraffic(...args);
  expect(again.stdout).toMatch(
    /^20 calls of 2026-03-02 are in the organization demo-one \(seed 3, \d+ writes\)\.\n$/,
  );
  expect(await callsOf(client)).toBe(20);
  expect(await callsOf(acme)).toBe(0);
});

test('live calls go on until Ctrl-C, which ends those under way', async () => {
  const program = startProgram(
    'cli/main.js',
    ['demo', 'traffic', '--organization', 'demo-live', '--live', '--per-second', '50', '--speed', '20'],
    env(),
  );
  const client = await expect
    .poll(async () => gateway.database.db.execute('select slug from organizations'), { timeout: 120_000 })
    .toContainEqual({ slug: 'demo-live' })
    .then(() => gateway.client({ organization: 'demo-live' }));
  await expect.poll(() => callsOf(client), { timeout: 120_000 }).toBeGreaterThan(10);
  program.process.kill('SIGINT');
  expect(await program.ended).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/calls of now are in/),
  });
  const { calls } = await client.ask(
    '{ calls(filter: { status: [RINGING, IN_PROGRESS, STARTING, QUEUED] }) { totalCount } }',
  );
  expect(calls.totalCount).toBe(0);
});

test.each([
  [['--organization', 'acme'], 1, 'organization acme was not made by the demo: it gets no simulated calls'],
  [['--organization', 'A b'], 2, '--organization must be lower-case letters, digits and single hyphens'],
  [['--calls', 'many'], 2, '--calls must be a whole number from 1 to 1,000,000'],
  [['--seed', ''], 2, '--seed must be a whole number from 0'],
  [['--per-second', '9'], 2, '--per-second is for live calls'],
  [['--live', '--speed', '0'], 2, '--speed must be a whole number from 1 to 60'],
  [['--day', '2999-01-01'], 2, '--day must be a date of UTC that is over, as 2026-01-31'],
])('%j is refused', async (args, code, words) => {
  expect(await demoTraffic(...args)).toMatchObject({
    code,
    stdout: '',
    stderr: expect.stringContaining(words),
  });
});
