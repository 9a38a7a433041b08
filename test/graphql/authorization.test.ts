import { describe, expect, it } from 'vitest';
import { publicSchema } from '../../src/graphql/schema.js';
import type { Scope } from '../../src/identity/viewer.js';
import { GUARDS as ROOT_GUARDS, SUBSCRIPTION_GUARDS } from '../identity/root-fields.js';
import { execute, fakeContext, SUFFIX } from './fake-context.js';

const schema = publicSchema();
const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
/** A subscription is guarded before its first event. */
const fields = roots.flatMap((root) =>
  Object.values(root?.getFields() ?? {}).map(({ name, resolve, subscribe }) => ({
    name,
    resolve: subscribe ?? resolve,
  })),
);
const GUARDS = { ...ROOT_GUARDS, ...SUBSCRIPTION_GUARDS };

describe('authorization', () => {
  it('guards every root field', () => {
    expect(fields.map(({ name }) => name).toSorted()).toEqual(Object.keys(GUARDS).toSorted());
  });

  it.each(fields.map((field) => [field.name, field] as const))(
    'lets nobody without a key into %s',
    async (_, { resolve }) => {
      const anonymous = resolve?.({}, {}, { ...fakeContext(), viewer: null }, {} as never);
      await expect(anonymous).rejects.toMatchObject({ extensions: { code: 'UNAUTHENTICATED' } });
    },
  );

  it.each(fields.filter(({ name }) => GUARDS[name] !== null).map((field) => [field.name, field] as const))(
    'lets nobody without its scope into %s, and says which',
    async (name, { resolve }) => {
      const scope = GUARDS[name];
      const other = scope === 'EVENTS_WRITE' ? 'METADATA_WRITE' : 'EVENTS_WRITE';
      const scopes: Scope[] = scope === 'CALLS_READ' ? [] : ['CALLS_READ', other];
      const context = fakeContext({ viewer: { scopes } });
      await expect(resolve?.({}, {}, context, {} as never)).rejects.toMatchObject({
        message: `This API key lacks the scope ${scope}.`,
        extensions: { code: 'FORBIDDEN' },
      });
    },
  );

  it('lets a key of any write scope read', async () => {
    const fakes = { viewer: { scopes: ['METADATA_WRITE' as const] }, loaders: { callById: () => null } };
    expect(await execute(`{ call(id: "call_${SUFFIX}") { id } }`, fakes)).toEqual({ data: { call: null } });
  });

  it('tells any key who it is', async () => {
    const answer = await execute('{ viewer { name kind scopes staffUid organization { id slug name } } }', {
      viewer: { scopes: [] },
    });
    expect(answer.data.viewer).toEqual({
      name: 'ci',
      kind: 'APP',
      scopes: [],
      staffUid: null,
      organization: { id: `organization_${SUFFIX}`, slug: 'acme', name: 'Acme' },
    });
  });
});
