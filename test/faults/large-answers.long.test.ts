import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { loadHeavyCalls } from './heavy-calls.js';
import { memoryOf } from './process-facts.js';
import { metric, type Operation, sender } from './requests.js';
import { keyOf, openWorld } from './world.js';

const HEAP = 256;
/** Megabytes: of the heap, and of what is beside it. */
const MOST_MEMORY = 2 * HEAP;
const AT_ONCE = 4;

const named = (count: number, field: string) =>
  Array.from({ length: count }, (_, index) => `a${index}: ${field}`).join(' ');

const ATTACKS: [string, Operation][] = [
  [
    'a history of large merges',
    '{ calls(first: 10) { nodes { history(first: 200) { nodes { patch oldValues newValues } } } } }',
  ],
  ['large metadata', '{ calls(first: 200) { nodes { metadata } } }'],
  ['metadata under many names', `{ calls(first: 10) { nodes { ${named(90, 'metadata')} } } }`],
  ['one parent of many', '{ calls(first: 200) { nodes { parent { metadata } } } }'],
  [
    'times under many names',
    `{ calls(first: 200) { nodes { parent { children(first: 200) { nodes { ${named(40, 'createdAt')} } } } } } }`,
  ],
  [
    'lists under many names',
    `{ calls(first: 200) { nodes { parent { children(first: 200) { nodes { ${named(40, 'tags')} } } } } } }`,
  ],
  [
    'many references of one parent',
    '{ calls(first: 200) { nodes { parent { references { system name value } } } } }',
  ],
].map(([name = '', query = '']) => [name, { query }]);

/** Upserts fifteen calls, others for each `turn`, whose metadata takes much more memory than bytes. */
const upsert = (turn: number): Operation => ({
  query: `mutation ($inputs: [UpsertCallInput!]!) { upsertCalls(inputs: $inputs) { call { metadata } errors { code } } }`,
  variables: {
    inputs: Array.from({ length: 15 }, (_, index) => ({
      references: [{ system: 'OTHER', name: 'number', value: `${15 * turn + index + 1}` }],
      metadata: { seen: true },
    })),
  },
});

test('answers that come to more than there is are refused, while the others are given, and the process lives', async () => {
  const world = await openWorld();
  const other = await keyOf(world.databaseUrl, 'other');
  await loadHeavyCalls(world.sql, 'acme');
  const gateway = await world.start({
    LOG_LEVEL: 'silent',
    NODE_OPTIONS: `--max-old-space-size=${HEAP}`,
  });
  const attack = sender(gateway, world.token);
  const bystander = sender(gateway, other);
  const pid = gateway.process.pid ?? 0;

  let isOver = false;
  let memory = 0;
  const seen: number[] = [];
  const watch = async () => {
    while (!isOver) {
      const { status } = await bystander({ query: '{ calls { nodes { id metadata } } viewer { name } }' });
      seen.push(status);
      memory = Math.max(memory, (await memoryOf(pid)) / 1e6);
      await sleep(20);
    }
  };
  const watching = watch();
  const outcomes: Record<string, unknown> = {};
  for (const [name, operation] of ATTACKS) {
    const replies = await Promise.all(Array.from({ length: AT_ONCE }, () => attack(operation)));
    outcomes[name] = [...new Set(replies.map(({ code }) => code))];
    for (const { status, code } of replies) {
      expect([400, 503], name).toContain(status);
      expect(['ANSWER_TOO_LARGE', 'OVERLOADED'], name).toContain(code);
    }
  }
  const written = await Promise.all(Array.from({ length: AT_ONCE }, (_, turn) => attack(upsert(turn))));
  for (const { status, data, code } of written) {
    expect([200, 503]).toContain(status);
    if (code !== undefined) expect(data?.upsertCalls ?? null).toBeNull();
  }
  isOver = true;
  await watching;
  console.log(
    `large answers: ${memory.toFixed(0)} MB with a heap of ${HEAP}, ${seen.length} others`,
    outcomes,
  );
  expect(new Set(seen)).toEqual(new Set([200]));
  expect(memory).toBeLessThan(MOST_MEMORY);
  expect(await metric(gateway.url, 'switchboard_answer_bytes')).toBe(0);
  expect((await attack({ query: '{ calls(first: 10) { nodes { metadata } } }' })).status).toBe(200);
});
