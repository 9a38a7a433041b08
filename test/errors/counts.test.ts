import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fresh, makeWorld, type Names } from '../identity/world.js';
import { type Client, openTestGateway, type TestGateway, type Variables } from '../support/gateway.js';
import { fingerprint } from './fingerprint.js';

let gateway: TestGateway;
let client: Client;
let names: Names;

beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
  names = await makeWorld(client, gateway.database);
});
afterAll(() => gateway.close());

const UPSERT = 'mutation ($input: UpsertCallInput!) { upsertCall(input: $input) { errors { code path } } }';
const REPLACE = `mutation ($id: ID!, $commands: [CallFlowCommandInput!]!, $key: String) {
  replaceCallFlow(call: { id: $id }, commands: $commands, idempotencyKey: $key) { errors { code path } }
}`;
const PROGRESS = `mutation ($id: ID!, $commands: [CallFlowProgressInput!]!) {
  recordCallFlowProgress(callFlow: $id, commands: $commands) { errors { code path } }
}`;

const times = <T>(count: number, item: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => item(index));
const references = (count: number) =>
  times(count, () => ({ system: 'OTHER', name: 'case', value: fresh('case') }));
const conditions = (count: number) => times(count, () => ({ variable: 'keys', value: '1' }));
const upsert = (input: Variables) => ({
  document: UPSERT,
  variables: { input: { references: references(1), ...input } },
});
const replace = (...commands: object[]) => ({ document: REPLACE, variables: { id: names.call, commands } });
const inFlow = (...commands: object[]) => upsert({ callFlow: commands });
const hangups = (count: number) => times(count, () => ({ hangup: {} }));
const astral = '\u{1f4de}';

interface Case {
  document: string;
  variables: Variables;
}

async function errorsOf({ document, variables }: Case): Promise<{ code: string; path: string[] }[]> {
  const data = await client.ask(document, variables);
  return Object.values(data as Record<string, { errors: { code: string; path: string[] }[] }>).flatMap(
    ({ errors }) => errors,
  );
}

const LIMITS: [what: string, taken: () => Case, refused: () => Case, path: string][] = [
  [
    '20 references',
    () => upsert({ references: references(20) }),
    () => upsert({ references: references(21) }),
    'input.references',
  ],
  ['at least one reference', () => upsert({}), () => upsert({ references: [] }), 'input.references'],
  [
    '50 tags',
    () => upsert({ tags: times(50, String) }),
    () => upsert({ tags: times(51, String) }),
    'input.tags',
  ],
  [
    'tags of 50 characters',
    () => upsert({ tags: ['a', 'x'.repeat(50)] }),
    () => upsert({ tags: ['a', 'x'.repeat(51)] }),
    'input.tags.1',
  ],
  [
    'tags of 50 characters, which need not be one unit each',
    () => upsert({ tags: [astral.repeat(50)] }),
    () => upsert({ tags: [astral.repeat(51)] }),
    'input.tags.0',
  ],
  [
    'tags that are not empty',
    () => upsert({ tags: [' '] }),
    () => upsert({ tags: ['a', ''] }),
    'input.tags.1',
  ],
  [
    '20 groups',
    () => upsert({ groups: times(20, (index) => ({ kind: 'case', key: String(index) })) }),
    () => upsert({ groups: times(21, (index) => ({ kind: 'case', key: String(index) })) }),
    'input.groups',
  ],
  [
    'texts of 4,096 characters',
    () => upsert({ reason: 'x'.repeat(4096), from: astral.repeat(4096) }),
    () => upsert({ reason: 'x'.repeat(4096), from: astral.repeat(4097) }),
    'input.from',
  ],
  [
    'reference values of 500 characters',
    () => upsert({ references: [{ system: 'OTHER', name: 'n', value: astral.repeat(500) }] }),
    () => upsert({ references: [{ system: 'OTHER', name: 'n', value: 'x'.repeat(501) }] }),
    'input.references.0.value',
  ],
  [
    'groups whose key is not empty',
    () => upsert({ groups: [{ kind: 'k', key: '0' }] }),
    () => upsert({ groups: [{ kind: 'k', key: '' }] }),
    'input.groups.0.key',
  ],
  ['20 commands at creation', () => inFlow(...hangups(20)), () => inFlow(...hangups(21)), 'input.callFlow'],
  ['20 commands', () => replace(...hangups(20)), () => replace(...hangups(21)), 'commands'],
  ['at least one command', () => replace(...hangups(1)), () => replace(), 'commands'],
  ...(['answer', 'ringing', 'hangup', 'pause', 'playback', 'say', 'gather', 'record', 'bridge'] as const).map(
    (command): (typeof LIMITS)[number] => {
      const due = {
        pause: { pauseSeconds: 1 },
        playback: { media: ['a'] },
        say: { text: 'a' },
        bridge: { to: 'a' },
      };
      const options = { ...(due as Record<string, object>)[command] };
      const step = (count: number) => ({ [command]: { ...options, conditions: conditions(count) } });
      return [
        `20 conditions on ${command}`,
        () => replace(step(20)),
        () => replace({ hangup: {} }, step(21)),
        `commands.1.${command}.conditions`,
      ];
    },
  ),
  [
    '20 conditions at creation',
    () => inFlow({ hangup: { conditions: conditions(20) } }),
    () => inFlow({ hangup: { conditions: conditions(21) } }),
    'input.callFlow.0.hangup.conditions',
  ],
  ...[
    ['answer', 'media', (media: string[]) => ({ answer: { media } })] as const,
    ['playback', 'media', (media: string[]) => ({ playback: { media } })] as const,
    ['gather', 'playback.media', (media: string[]) => ({ gather: { playback: { media } } })] as const,
  ].flatMap(([command, path, step]): (typeof LIMITS)[number][] => [
    [
      `20 media of ${command}`,
      () => replace(step(times(20, String))),
      () => replace(step(times(21, String))),
      `commands.0.${command}.${path}`,
    ],
    [
      `media of ${command} that are not empty`,
      () => replace(step(['a'])),
      () => replace(step(['a', ''])),
      `commands.0.${command}.${path}.1`,
    ],
  ]),
  [
    '20 commands’ progress',
    () => ({
      document: PROGRESS,
      variables: { id: names.callFlow, commands: [{ id: names.command, status: 'RUNNING' }] },
    }),
    () => ({
      document: PROGRESS,
      variables: { id: names.callFlow, commands: times(21, () => ({ id: names.command, status: 'FAILED' })) },
    }),
    'commands',
  ],
  [
    'keys of 255 characters',
    () => ({ document: REPLACE, variables: { id: names.call, commands: hangups(1), key: 'k'.repeat(255) } }),
    () => ({ document: REPLACE, variables: { id: names.call, commands: hangups(1), key: 'k'.repeat(256) } }),
    'idempotencyKey',
  ],
  [
    'keys that are not empty',
    () => ({ document: REPLACE, variables: { id: names.call, commands: hangups(1), key: '0' } }),
    () => ({ document: REPLACE, variables: { id: names.call, commands: hangups(1), key: '' } }),
    'idempotencyKey',
  ],
];

describe('the gateway accepts', () => {
  it.each(LIMITS)('%s, and refuses more', async (_, taken, refused, path) => {
    expect(await errorsOf(taken())).toEqual([]);
    const before = await fingerprint(gateway.database);
    expect(await errorsOf(refused())).toContainEqual({ code: 'INVALID', path: path.split('.') });
    expect(await fingerprint(gateway.database)).toEqual(before);
  });
});

describe('of many faults', () => {
  it('all are reported at once, each at its path', async () => {
    const errors = await errorsOf(
      upsert({
        duration: -1,
        tags: [''],
        groups: null,
        callFlow: [{ hangup: {} }, { pause: { pauseSeconds: -1 } }],
      }),
    );
    expect(errors.map(({ path }) => path.join('.')).toSorted()).toEqual([
      'input.callFlow.1.pause.pauseSeconds',
      'input.duration',
      'input.groups',
      'input.tags.0',
    ]);
  });

  it('no more are reported than a person will read', async () => {
    const bad = { system: 'OTHER', name: '\0', value: '\0' };
    const errors = await errorsOf(
      upsert({
        references: times(20, () => bad),
        tags: times(50, () => '\0'),
        groups: times(20, () => ({ kind: '\0', key: '\0' })),
      }),
    );
    expect(errors.length).toBeGreaterThanOrEqual(20);
    expect(errors.length).toBeLessThanOrEqual(60);
  });
});

it('null is INVALID where the contract gives it no meaning, and nothing is written', async () => {
  const before = await fingerprint(gateway.database);
  for (const name of ['direction', 'status', 'metadata', 'groups', 'callFlow']) {
    expect(await errorsOf(upsert({ [name]: null }))).toEqual([{ code: 'INVALID', path: ['input', name] }]);
  }
  expect(await fingerprint(gateway.database)).toEqual(before);
});

it.each([
  ['BURKI', 'callsid'],
  ['BURKI', 'sessionId'],
  ['CREOVAI', 'id'],
  ['VCITA', 'externalUUID'],
  ['BIRD', 'Id'],
  ['BIRD', '__proto__'],
  ['BURKI', 'constructor'],
])('%s has no reference name %s', async (system, name) => {
  const before = await fingerprint(gateway.database);
  const bad = { system, name, value: '1' };
  expect(await errorsOf(upsert({ references: [...references(1), bad] }))).toEqual([
    { code: 'INVALID', path: ['input', 'references', '1', 'name'] },
  ]);
  expect(await errorsOf(upsert({ parent: { reference: bad } }))).toEqual([
    { code: 'INVALID', path: ['input', 'parent', 'reference', 'name'] },
  ]);
  const { data, errors } = await client.send(
    'query ($reference: CallReferenceInput!) { callByReference(reference: $reference) { id } }',
    { reference: bad },
  );
  expect(data.callByReference).toBeNull();
  expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  expect(errors?.[0]?.message).toContain('reference.name');
  expect(await fingerprint(gateway.database)).toEqual(before);
});
