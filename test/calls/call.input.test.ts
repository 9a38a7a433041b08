import { describe, expect, it } from 'vitest';
import { checkGroup, checkReference, toCallTarget } from '../../src/calls/call.input.js';
import { Refusal } from '../../src/foundation/refusal.js';
import { execute, SUFFIX, UUID } from '../graphql-server/execution/fake-context.js';

const path = ['reference'];

describe('a reference', () => {
  it.each([
    ['BURKI', 'id'],
    ['BURKI', 'callSid'],
    ['CREOVAI', 'sessionId'],
    ['VCITA', 'uid'],
    ['VCITA', 'sourceId'],
    ['VCITA', 'externalUuid'],
    ['BIRD', 'id'],
    ['OTHER', 'whatever it is'],
  ] as const)('of %s may be named %s', (system, name) => {
    expect(checkReference({ system, name, value: '1' }, path)).toEqual([]);
  });

  it.each([
    ['BURKI', 'call_sid'],
    ['BURKI', 'ID'],
    ['CREOVAI', 'id'],
    ['CREOVAI', 'masterCallId'],
    ['VCITA', 'constructor'],
    ['BIRD', ''],
    ['OTHER', ''],
    ['OTHER', 'a'.repeat(101)],
  ] as const)('of %s may not be named %j', (system, name) => {
    expect(checkReference({ system, name, value: '1' }, path)).toMatchObject([
      { code: 'INVALID', path: ['reference', 'name'] },
    ]);
  });

  it('lists the allowed names in the error', () => {
    const [error] = checkReference({ system: 'BURKI', name: 'sid', value: '1' }, path);
    expect(error?.message).toBe('BURKI has no reference name "sid"; its names are id, callSid.');
    const [master] = checkReference({ system: 'CREOVAI', name: 'masterCallId', value: '1' }, path);
    expect(master?.message).toContain('group, { kind: "master"');
  });

  it.each(['', 'a'.repeat(501)])('may not have the value %j', (value) => {
    expect(checkReference({ system: 'BIRD', name: 'id', value }, path)).toMatchObject([
      { code: 'INVALID', path: ['reference', 'value'] },
    ]);
  });

  it('is checked by the same rules in a query, as BAD_USER_INPUT', async () => {
    const query = 'query ($reference: CallReferenceInput!) { callByReference(reference: $reference) { id } }';
    const callByReference = async () => ({ id: UUID, parentId: null });
    const ask = (name: string, value: string) =>
      execute(query, { loaders: { callByReference } }, { reference: { system: 'BURKI', name, value } });
    expect(await ask('id', '101')).toEqual({ data: { callByReference: { id: `call_${SUFFIX}` } } });
    for (const [name, value] of [
      ['sid', '1'],
      ['id', ''],
      ['id', '\0'],
      ['id', '\ud800'],
    ] as const) {
      const { errors } = await ask(name, value);
      expect(errors).toMatchObject([
        { message: expect.stringMatching(/^reference\./), extensions: { code: 'BAD_USER_INPUT' } },
      ]);
    }
  });
});

describe('a group', () => {
  it('has a kind and a key', () => {
    expect(checkGroup({ kind: 'case', key: '4711' }, ['group'])).toEqual([]);
    expect(checkGroup({ kind: '', key: '' }, ['group']).map((error) => error.path)).toEqual([
      ['group', 'kind'],
      ['group', 'key'],
    ]);
  });
});

describe('a call locator', () => {
  it('names a call by its id', () => {
    const id = `call_${SUFFIX}`;
    expect(toCallTarget({ id }, ['call'])).toEqual({ path: ['call'], label: `id ${id}`, id: UUID });
  });

  it('names a call by a reference', () => {
    const reference = { system: 'BURKI', name: 'id', value: '101' } as const;
    const target = { path: ['call'], label: 'reference BURKI id 101', reference };
    expect(toCallTarget({ reference }, ['call'])).toEqual(target);
  });

  it.each(['', 'nonsense', UUID, `voice_call_${SUFFIX}`, `CALL_${SUFFIX}`, 'a\0', 'a'.repeat(100_000)])(
    'is INVALID with the id %j',
    (id) => {
      expect.assertions(2);
      try {
        toCallTarget({ id }, ['call']);
      } catch (error) {
        const errors = error instanceof Refusal ? error.errors : [];
        expect(errors).toMatchObject([{ code: 'INVALID', path: ['call', 'id'] }]);
        expect(errors[0]?.message.length).toBeLessThan(150);
      }
    },
  );

  it.each(['{}', '{ id: null }', '{ id: "a", reference: { system: BIRD, name: "id", value: "1" } }'])(
    'has exactly one member, which %s has not',
    async (locator) => {
      const { errors } = await execute(`mutation { hangUpCall(call: ${locator}) { call { id } } }`);
      expect(errors).toHaveLength(1);
    },
  );
});
