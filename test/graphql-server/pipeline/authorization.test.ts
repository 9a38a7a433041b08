import { type GraphQLResolveInfo, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { publicSchema } from '../../../src/graphql-server/schema/schema.js';
import type { Scope } from '../../../src/identity/identity.enums.js';
import { GUARDS as ROOT_GUARDS, SUBSCRIPTION_GUARDS } from '../../identity/root-fields.js';
import { execute, fakeContext, SUFFIX } from '../execution/fake-context.js';

const INFO = { operation: parse('{ a }').definitions[0], fragments: {} } as GraphQLResolveInfo;

const schema = publicSchema();
const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
/** A subscription is checked before its first event. */
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
    'requires a key for %s',
    async (_, { resolve }) => {
      const anonymous = resolve?.({}, {}, { ...fakeContext(), viewer: null }, INFO);
      await expect(anonymous).rejects.toMatchObject({ extensions: { code: 'UNAUTHENTICATED' } });
    },
  );

  it.each(fields.filter(({ name }) => GUARDS[name] !== null).map((field) => [field.name, field] as const))(
    'requires its scope for %s, and names it',
    async (name, { resolve }) => {
      const scope = GUARDS[name];
      const other = scope === 'EVENTS_WRITE' ? 'METADATA_WRITE' : 'EVENTS_WRITE';
      const scopes: Scope[] = scope === 'CALLS_READ' ? [] : ['CALLS_READ', other];
      const context = fakeContext({ viewer: { scopes } });
      await expect(resolve?.({}, {}, context, INFO)).rejects.toMatchObject({
        message: `This API key lacks the scope ${scope}.`,
        extensions: { code: 'FORBIDDEN' },
      });
    },
  );

  it('lets a key of any write scope read', async () => {
    const fakes = { viewer: { scopes: ['METADATA_WRITE' as const] }, loaders: { callById: () => null } };
    expect(await execute(`{ call(id: "call_${SUFFIX}") { id } }`, fakes)).toEqual({ data: { call: null } });
  });

  it('returns the viewer to any key', async () => {
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
