import type { GraphQLEnumType } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publicSchema } from '../../src/graphql-server/schema/schema.js';
import { SCOPES, type Scope } from '../../src/identity/identity.enums.js';
import { fingerprint } from '../errors/fingerprint.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { allowed, SUBSCRIPTION_ASKINGS } from './allowed.js';
import { ASKINGS, GUARDS, SUBSCRIPTION_GUARDS } from './root-fields.js';
import { makeWorld, type Names } from './world.js';

const FIELDS = Object.keys(GUARDS);
const KEYS: (Scope | null)[] = [null, ...SCOPES];

let gateway: TestGateway;
let names: Names;
const clients = new Map<Scope | null, Client>();

beforeAll(async () => {
  // What vendors' workers leave at the accounts is no trace of what is asked here.
  gateway = await openTestGateway({ vendors: false });
  names = await makeWorld(await gateway.client({ organization: 'acme' }), gateway.database);
  for (const scope of KEYS) {
    clients.set(scope, await gateway.client({ organization: 'acme', scopes: scope === null ? [] : [scope] }));
  }
});
afterAll(() => gateway.close());

it('every root field of the schema is in the table of this test', () => {
  const schema = publicSchema();
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const fields = roots.flatMap((root) => Object.keys(root?.getFields() ?? {}));
  expect(fields.toSorted()).toEqual([...FIELDS, ...Object.keys(SUBSCRIPTION_GUARDS)].toSorted());
  const asked = [...ASKINGS, ...SUBSCRIPTION_ASKINGS].map(({ field }) => field);
  expect([...new Set(asked)].toSorted()).toEqual(fields.toSorted());
});

it.each(SCOPES.filter((scope) => scope !== 'CALLS_READ' && scope !== 'ADMIN'))(
  'the schema says of %s which mutations need it',
  (scope) => {
    const said = (publicSchema().getType('Scope') as GraphQLEnumType).getValue(scope)?.description ?? '';
    const guarded = FIELDS.filter((field) => GUARDS[field] === scope);
    expect(guarded.filter((field) => !new RegExp(`\\b${field}\\b`).test(said))).toEqual([]);
  },
);

describe.each(KEYS)('a key of the scope %s', (scope) => {
  const client = (): Client => clients.get(scope) ?? gateway.anonymous();
  const asking = (field: string) => ASKINGS.find((each) => each.field === field) ?? expect.fail(field);

  it.each(FIELDS.filter((field) => allowed(scope, field)))('may use %s', async (field) => {
    const { document, variables } = asking(field);
    const { status, data, errors } = await client().send(document, variables(names));
    expect({ status, errors }).toEqual({ status: 200, errors: undefined });
    expect(data[field]).not.toBeNull();
  });

  const refused = FIELDS.filter((field) => !allowed(scope, field));
  it.runIf(refused.length > 0).each(refused)(
    'may not use %s: nothing is read or written, and the missing scope is named',
    async (field) => {
      const { document, variables } = asking(field);
      const before = await fingerprint(gateway.database);
      gateway.takeStatements();
      const { data, errors } = await client().send(document, variables(names));
      expect(gateway.takeStatements()).toHaveLength(1);
      const { code, ...more } = errors?.[0]?.extensions ?? { code: '' };
      expect({ code, more }).toEqual({ code: 'FORBIDDEN', more: {} });
      expect(errors).toHaveLength(1);
      expect(errors?.[0]?.message).toMatch(new RegExp(`\\b${GUARDS[field]}\\b`));
      expect(errors?.[0]?.path).toEqual([field]);
      expect(data?.[field] ?? null).toBeNull();
      expect(await fingerprint(gateway.database)).toEqual(before);
    },
  );
});

it('a key of two scopes may do what either lets it', async () => {
  const client = await gateway.client({
    organization: 'acme',
    scopes: ['METADATA_WRITE', 'CALL_FLOWS_WRITE'],
  });
  for (const { field, document, variables, scope } of ASKINGS) {
    const mayUse =
      scope === undefined && (allowed('METADATA_WRITE', field) || allowed('CALL_FLOWS_WRITE', field));
    const { errors } = await client.send(document, variables(names));
    expect({ field, code: errors?.[0]?.extensions.code }).toEqual({
      field,
      code: mayUse ? undefined : 'FORBIDDEN',
    });
  }
});

it('of two root fields the one that the key may use is executed, and the other is not', async () => {
  const client = await gateway.client({ organization: 'acme', scopes: ['METADATA_WRITE'] });
  const { data, errors } = await client.send(
    `mutation ($id: ID!) {
      ended: hangUpCall(call: { id: $id }) { errors { code } }
      mergeCallMetadata(call: { id: $id }, metadata: { merged: true }) { call { metadata status } errors { code } }
    }`,
    { id: await freshCall() },
  );
  expect(errors).toMatchObject([{ path: ['ended'], extensions: { code: 'FORBIDDEN' } }]);
  expect(data.ended).toBeNull();
  expect(data.mergeCallMetadata).toEqual({
    call: { metadata: { a: 1, merged: true }, status: 'IN_PROGRESS' },
    errors: [],
  });
});

async function freshCall(): Promise<string> {
  return (await makeWorld(await gateway.client({ organization: 'acme' }), gateway.database)).call;
}
