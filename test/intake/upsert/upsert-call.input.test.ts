import { describe, expect, it } from 'vitest';
import { checkUpsertCall, toUpsertCall } from '../../../src/intake/upsert/upsert-call.checks.js';
import type { UpsertCallInput } from '../../../src/intake/upsert/upsert-call.input.js';
import { execute, SUFFIX, UUID } from '../../graphql-server/execution/fake-context.js';

const reference = { system: 'BURKI', name: 'id', value: '101' } as const;
const limits = { metadataMaxBytes: 1000, metadataMaxDepth: 5 };
const check = (input: Partial<UpsertCallInput>) =>
  checkUpsertCall({ references: [reference], ...input }, ['input'], limits);
const many = <T>(count: number, item: T): T[] => new Array<T>(count).fill(item);

describe('an upsert', () => {
  it.each<Partial<UpsertCallInput>>([
    {},
    { from: null, tags: null, parent: null, cost: null, duration: null, vendorStatus: null },
    { references: many(20, reference) },
    { tags: many(50, 'ä'.repeat(50)) },
    { groups: many(20, { kind: 'case', key: '1' }) },
    { groups: [], tags: [] },
    { duration: 0 },
    { metadata: {} },
    { callFlow: many(20, { hangup: {} }) },
    { parent: { id: `call_${SUFFIX}` } },
  ])('may say %j', (input) => {
    expect(check(input)).toEqual([]);
  });

  it.each<[Partial<UpsertCallInput>, string]>([
    [{ references: [] }, 'references'],
    [{ references: many(21, reference) }, 'references'],
    [{ references: [reference, { ...reference, name: 'sid' }] }, 'references.1.name'],
    [{ references: [{ ...reference, value: '' }] }, 'references.0.value'],
    [{ direction: null }, 'direction'],
    [{ status: null }, 'status'],
    [{ metadata: null }, 'metadata'],
    [{ groups: null }, 'groups'],
    [{ callFlow: null }, 'callFlow'],
    [{ callFlow: many(21, { hangup: {} }) }, 'callFlow'],
    [
      { callFlow: [...many(3, { answer: {} }), { bridge: { to: '+1', ringTimeout: 2 } }] },
      'callFlow.3.bridge.ringTimeout',
    ],
    [{ parent: { id: 'nonsense' } }, 'parent.id'],
    [{ parent: { id: `voice_call_${SUFFIX}` } }, 'parent.id'],
    [{ parent: { reference: { ...reference, name: 'x' } } }, 'parent.reference.name'],
    [{ tags: many(51, 'a') }, 'tags'],
    [{ tags: ['a', ''] }, 'tags.1'],
    [{ tags: ['a'.repeat(51)] }, 'tags.0'],
    [{ groups: many(21, { kind: 'case', key: '1' }) }, 'groups'],
    [{ groups: [{ kind: '', key: '1' }] }, 'groups.0.kind'],
    [{ duration: -1 }, 'duration'],
    [{ from: 'a\0' }, 'from'],
    [{ to: '\ud800' }, 'to'],
    [{ reason: 'a'.repeat(4097) }, 'reason'],
    [{ metadata: { 'a\0': 1 } }, 'metadata'],
    [
      { cost: { total: null, llm: null, tts: null, stt: null, telephony: null, currency: 'usd' } },
      'cost.currency',
    ],
  ])('may not say %j', (input, place) => {
    expect(check(input).map(({ code, path }) => [code, path?.join('.')])).toEqual([
      ['INVALID', `input.${place}`],
    ]);
  });

  it('is LIMIT_EXCEEDED only if its metadata is nested too deeply', () => {
    expect(check({ metadata: { a: { b: { c: { d: { e: {} } } } } } })).toMatchObject([
      { code: 'LIMIT_EXCEEDED', path: ['input', 'metadata'] },
    ]);
  });

  it('reaches the service with ids decoded and commands in their stored form', () => {
    const input = {
      references: [reference],
      parent: { id: `call_${SUFFIX}` },
      callFlow: [{ say: { text: 'Hi', locale: null } }],
      tags: null,
    };
    expect(toUpsertCall(input as UpsertCallInput, ['input'])).toEqual({
      path: ['input'],
      references: [reference],
      parent: { path: ['input', 'parent'], label: `id call_${SUFFIX}`, id: UUID },
      callFlow: [{ command: 'SAY', conditions: [], options: { text: 'Hi' } }],
      tags: [],
    });
  });
});

describe('upsertCall', () => {
  /** The service's input for these members. */
  async function received(
    members: string,
    declared = '',
    variables: Record<string, unknown> = {},
  ): Promise<object> {
    let given: object = {};
    const upsertCall = async (_viewer: never, input: object) => {
      given = input;
      return { call: { id: UUID, parentId: null }, created: true };
    };
    const references = 'references: [{ system: BURKI, name: "id", value: "101" }]';
    const answer = await execute(
      `mutation ${declared} { upsertCall(input: { ${references} ${members} }) { call { id } created errors { code } } }`,
      { services: { intake: { upsertCall } } },
      variables,
    );
    expect(answer).toEqual({
      data: { upsertCall: { call: { id: `call_${SUFFIX}` }, created: true, errors: [] } },
    });
    return given;
  }

  it('distinguishes absent from null, at the top level and below', async () => {
    expect(Object.keys(await received(''))).toEqual(['references', 'path']);
    const given = await received('from: null, assistant: { assistantId: "1", name: null }, hangup: {}');
    expect(given).toStrictEqual({
      path: ['input'],
      references: [expect.objectContaining({ value: '101' })],
      from: null,
      assistant: expect.objectContaining({ assistantId: '1', name: null }),
      hangup: expect.anything(),
    });
    expect(Object.keys((given as { hangup: object }).hangup)).toEqual([]);
  });

  it('treats a variable without a value as absent, and a null one as null', async () => {
    expect(await received('from: $from', '($from: String)')).not.toHaveProperty('from');
    expect(await received('from: $from', '($from: String)', { from: null })).toHaveProperty('from', null);
  });

  it('passes metadata on unchanged', async () => {
    const metadata = JSON.parse('{"__proto__":{"a":null},"constructor":[1],"b":{"c":{}}}');
    const given = (await received('metadata: $metadata', '($metadata: JSONObject)', { metadata })) as {
      metadata: object;
    };
    expect(JSON.stringify(given.metadata)).toBe(JSON.stringify(metadata));
  });

  it('has the currency USD by default', async () => {
    expect(await received('cost: { total: "0.05" }')).toMatchObject({
      cost: { total: '0.05', currency: 'USD' },
    });
  });

  it('reports created as false when it refuses', async () => {
    const answer = await execute(
      'mutation { upsertCall(input: { references: [] }) { call { id } created errors { code message path } } }',
    );
    expect(answer.data.upsertCall).toEqual({
      call: null,
      created: false,
      errors: [
        {
          code: 'INVALID',
          message: 'references must have 1 to 20 items, not 0.',
          path: ['input', 'references'],
        },
      ],
    });
  });
});
