import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiKeyService } from '../../src/identity/api-key.service.js';
import { newToken } from '../../src/identity/token.js';
import { fingerprint } from '../errors/fingerprint.js';
import { type Answer, openTestGateway, type TestGateway } from '../support/gateway.js';
import { ASKINGS } from './root-fields.js';
import { namesOfNothing } from './world.js';

let gateway: TestGateway;
let token: string;

beforeAll(async () => {
  gateway = await openTestGateway();
  token = (await gateway.client({ organization: 'acme', name: 'ci' })).token;
});
afterAll(() => gateway.close());

const WRITE = `mutation {
  upsertCall(input: { references: [{ system: OTHER, name: "case", value: "1" }] }) { created }
}`;

function expectUnauthenticated({ status, data, errors }: Answer): void {
  expect(status).toBe(401);
  expect(data).toBeUndefined();
  expect(errors).toHaveLength(1);
  expect(errors?.[0]).toMatchObject({ extensions: { code: 'UNAUTHENTICATED' } });
  expect(errors?.[0]?.path).toBeUndefined();
}

/** A read and a write with this header are refused, and neither reaches a table. */
async function expectNobody(header: string | undefined): Promise<void> {
  const client = gateway.anonymous(header);
  const before = await fingerprint(gateway.database);
  gateway.takeStatements();
  expectUnauthenticated(await client.send('{ viewer { name } calls { totalCount } }'));
  expectUnauthenticated(await client.send(WRITE));
  const statements = gateway.takeStatements();
  expect(statements.filter((statement) => !statement.includes('"api_keys"."token_hash" = any('))).toEqual([]);
  expect(await fingerprint(gateway.database)).toEqual(before);
}

describe('a token', () => {
  it.each(['Bearer', 'bearer', 'BEARER', 'AccessKey', 'accesskey', 'ACCESSKEY', 'accessKey'])(
    'signs in with the scheme %s',
    async (scheme) => {
      const { viewer } = await gateway
        .anonymous(`${scheme} ${token}`)
        .ask('{ viewer { name organization { slug } } }');
      expect(viewer).toEqual({ name: 'ci', organization: { slug: 'acme' } });
    },
  );

  it('signs in after several spaces', async () => {
    const { viewer } = await gateway.anonymous(`Bearer   ${token}  `).ask('{ viewer { name } }');
    expect(viewer).toEqual({ name: 'ci' });
  });

  it('signs in through GET as through POST', async () => {
    const get = (headers: Record<string, string>) =>
      fetch(`${gateway.url}?query={viewer{name}}`, {
        headers: { 'apollo-require-preflight': '1', ...headers },
      });
    const answer = await get({ authorization: `Bearer ${token}` });
    expect(await answer.json()).toMatchObject({ data: { viewer: { name: 'ci' } } });
    expect((await get({})).status).toBe(401);
  });

  it('is asked for when the header is absent', async () => {
    await expectNobody(undefined);
    const { headers } = await fetch(gateway.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ viewer { name } }' }),
    });
    expect(headers.get('www-authenticate')).toMatch(/^Bearer realm="/);
  });

  it.each([
    ['nothing', () => ''],
    ['the word alone', () => 'Bearer'],
    ['the word and a space', () => 'Bearer '],
    ['no word', () => token],
    ['no space', () => `Bearer${token}`],
    ['another word', () => `Token ${token}`],
    ['Basic', () => `Basic ${Buffer.from(`${token}:`).toString('base64')}`],
    ['two tokens', () => `Bearer ${token} ${token}`],
    ['two headers in one', () => `Bearer ${token}, Bearer ${token}`],
    ['quotes', () => `Bearer "${token}"`],
    ['the prefix alone', () => 'Bearer sb_'],
    ['no prefix', () => `Bearer ${token.slice(3)}`],
    ['one character less', () => `Bearer ${token.slice(0, -1)}`],
    ['one character more', () => `Bearer ${token}A`],
    ['another case', () => `Bearer ${token.toUpperCase()}`],
    ['characters outside ASCII', () => `Bearer ${token}\u00e9`],
    ['eight thousand characters', () => `Bearer sb_${'a'.repeat(8000)}`],
    ['a token that was never issued', () => `Bearer ${newToken()}`],
    ['the id of the key', () => `Bearer api_key_01h455vb4pex5vsknk084sn02q`],
    ['SQL', () => `Bearer '\u0020or\u00201=1--`],
  ])('is refused if the header has %s', async (_, header) => {
    await expectNobody(header());
  });

  it('is invalid once its key is revoked', async () => {
    const keys = new ApiKeyService(gateway.database);
    const key = await keys.create({
      organization: 'acme',
      name: 'to be revoked',
      kind: 'APP',
      staffUid: null,
      scopes: ['ADMIN'],
      expiresAt: null,
    });
    const client = gateway.anonymous(`Bearer ${key.token}`);
    await client.ask('{ viewer { name } }');
    expect(await keys.revoke(key.id)).toBe(true);
    await expectNobody(`Bearer ${key.token}`);
    await gateway.anonymous(`Bearer ${token}`).ask('{ viewer { name } }');
  });

  it('is invalid once its organization is being deleted, whatever keys are left', async () => {
    const { token: left } = await gateway.client({ organization: 'closing' });
    await gateway.anonymous(`Bearer ${left}`).ask('{ viewer { name } }');
    await gateway.database.db.execute(
      sql`update organizations set deleted_at = clock_timestamp() where slug = 'closing'`,
    );
    await expectNobody(`Bearer ${left}`);
  });

  it('is invalid if its key has expired', async () => {
    const { token: expired } = await gateway.client({ expiresAt: new Date(Date.now() - 1) });
    await expectNobody(`Bearer ${expired}`);
  });

  it('is invalid once its key expires', async () => {
    const client = await gateway.client({ name: 'short', expiresAt: new Date(Date.now() + 3_600_000) });
    await client.ask('{ viewer { name } }');
    await gateway.database.db.execute(
      sql`update api_keys set expires_at = clock_timestamp() where name = 'short'`,
    );
    await expectNobody(`Bearer ${client.token}`);
  });
});

describe('without a key', () => {
  it.each([...new Map(ASKINGS.map((asking) => [asking.field, asking])).values()])(
    '$field is refused, and nothing is executed',
    async ({ document, variables }) => {
      gateway.takeStatements();
      expectUnauthenticated(await gateway.anonymous().send(document, variables(namesOfNothing())));
      expect(gateway.takeStatements()).toEqual([]);
    },
  );

  it.each([
    ['{ __typename }', { __typename: 'Query' }],
    ['mutation { __typename }', { __typename: 'Mutation' }],
    ['{ __schema { queryType { name } } }', { __schema: { queryType: { name: 'Query' } } }],
    ['{ __type(name: "Call") { name } kind: __typename }', { __type: { name: 'Call' }, kind: 'Query' }],
    [
      '{ ...names ... on Query { ...names } } fragment names on Query { __typename }',
      { __typename: 'Query' },
    ],
  ])('%s is answered', async (document, data) => {
    gateway.takeStatements();
    expect(await gateway.anonymous().send(document)).toMatchObject({ status: 200, data });
    expect(gateway.takeStatements()).toEqual([]);
  });

  it.each([
    '{ __typename viewer { name } }',
    '{ __typename: viewer { name } }',
    '{ __typename ... { viewer { name } } }',
    '{ __typename ...more } fragment more on Query { ...yetMore } fragment yetMore on Query { viewer { name } }',
  ])('%s is refused whole', async (document) => {
    expectUnauthenticated(await gateway.anonymous().send(document));
  });

  it('only the operation that is asked for is looked at', async () => {
    const query = 'query Names { __typename } query Calls { calls { totalCount } }';
    const ask = async (operationName: string) => {
      const answer = await fetch(gateway.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, operationName }),
      });
      return answer.status;
    };
    expect([await ask('Names'), await ask('Calls')]).toEqual([200, 401]);
  });

  it('the whole schema can be introspected, as an explorer does', async () => {
    const { data } = await gateway
      .anonymous()
      .send('{ __schema { description types { name fields { name } } mutationType { fields { name } } } }');
    expect(data.__schema.types.length).toBeGreaterThan(50);
    expect(data.__schema.mutationType.fields).toContainEqual({ name: 'hangUpCall' });
  });
});
