import { expect, test } from 'vitest';
import { type Reply, sender } from '../faults/requests.js';
import { openWorld } from '../faults/world.js';
import { CALLS_CHANGED, followOver } from '../live/followers.js';

/** Words that only clients send. */
const METADATA = 'canary-metadata-4711';
const VARIABLE = 'canary-variable-0815';
const TOKEN = 'sb_canary-token-of-nobody-0123456789abcdefghij';

test('never logs a token, variable or metadata value, even in errors', async () => {
  const world = await openWorld();
  const gateway = await world.start({ LOG_LEVEL: 'trace', METRICS_TOKEN: 'canary-metrics-token' });
  const send = sender(gateway, world.token);
  const upsert = `mutation Upsert($value: String!, $metadata: JSONObject!) { upsertCall(
    input: { references: [{ system: OTHER, name: "case", value: $value }], metadata: $metadata, reason: $value }
  ) { created errors { code } } }`;
  const variables = { value: VARIABLE, metadata: { [METADATA]: METADATA } };
  const list = `query List($metadata: JSONObject!) { calls(filter: { metadata: { contains: $metadata } }) { nodes { id } } }`;
  const hide = async (table: string, work: () => Promise<unknown>) => {
    await world.sql.unsafe(`alter table ${table} rename to hidden`);
    await work();
    await world.sql.unsafe(`alter table hidden rename to ${table}`);
  };

  const written = await send({ query: upsert, variables });
  expect(written.data).toEqual({ upsertCall: { created: true, errors: [] } });
  await send({ query: list, variables });
  const faults: Reply[] = [];
  for (const table of ['call_changes', 'call_references', 'calls', 'api_keys']) {
    await hide(table, async () => {
      faults.push(await send({ query: upsert, variables: { ...variables, value: `${VARIABLE} ${table}` } }));
      faults.push(await send({ query: list, variables }));
    });
  }
  expect(faults.filter(({ code }) => code === 'INTERNAL_SERVER_ERROR').length).toBeGreaterThanOrEqual(6);
  // Postgres repeats the value in its message.
  await world.sql.unsafe(`alter table calls add constraint canary check (not metadata::text like '%fails%')`);
  const metadata = { fails: METADATA };
  faults.push(await send({ query: upsert, variables: { value: `${VARIABLE} 2`, metadata } }));
  await world.sql.unsafe('alter table calls alter column reason type uuid using null');
  faults.push(await send({ query: upsert, variables: { ...variables, value: `${VARIABLE} 3` } }));
  expect(faults.slice(-2).map(({ code }) => code)).toEqual([
    'INTERNAL_SERVER_ERROR',
    'INTERNAL_SERVER_ERROR',
  ]);
  await world.sql.unsafe('alter table calls drop constraint canary');

  const refused: [string, string][] = [
    [`{"query": "${VARIABLE}`, world.token],
    [`"${VARIABLE}"`, world.token],
    [JSON.stringify({ query: `{ ${VARIABLE.replaceAll('-', '_')} }` }), world.token],
    [JSON.stringify({ query: list, variables: { metadata: METADATA } }), world.token],
    [JSON.stringify({ query: list, variables }), TOKEN],
  ];
  for (const [body, token] of refused) {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
    const response = await fetch(gateway.url, { method: 'POST', headers, body });
    expect(response.status).toBeGreaterThanOrEqual(400);
  }
  const address = new URLSearchParams({ query: list, variables: JSON.stringify(variables), token: TOKEN });
  await fetch(`${gateway.url}?${address}`, { headers: { 'apollo-require-preflight': '1' } });
  await fetch(new URL(`/${TOKEN}`, gateway.url), { headers: { cookie: TOKEN, referer: TOKEN } });
  await fetch(new URL('/metrics', gateway.url), { headers: { authorization: TOKEN } });
  for (const transport of ['ws', 'sse'] as const) {
    const target = { url: gateway.url, token: world.token };
    const filter = { metadata: { contains: variables.metadata } };
    const follower = followOver(transport, target, CALLS_CHANGED, { filter });
    const nobody = followOver(transport, { ...target, token: TOKEN });
    await nobody.ended();
    follower.stop();
  }

  gateway.process.kill('SIGTERM');
  const { stdout, stderr } = await gateway.ended;
  const lines = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.filter(({ msg }) => msg === 'request').length).toBeGreaterThan(15);
  expect(lines.filter(({ err }) => err?.type === 'PostgresError').length).toBeGreaterThanOrEqual(8);
  expect(lines.find(({ err }) => err?.code === '23514')?.err.constraint).toBe('canary');
  for (const word of [METADATA, VARIABLE, TOKEN, 'canary-metrics-token', world.token, 'canary_variable']) {
    expect(stdout + stderr).not.toContain(word);
  }
});
