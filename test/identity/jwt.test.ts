import { sql } from 'drizzle-orm';
import type { JWTPayload } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openGatewayOn, openTestGateway, type TestGateway } from '../support/gateway.js';
import { Issuer, inSeconds, newSigningKey } from '../support/issuer.js';

let issuer: Issuer;
let gateway: TestGateway;
let organizationId: string;

beforeAll(async () => {
  issuer = await Issuer.open();
  const rsa = await newSigningKey('RS256');
  const edwards = await newSigningKey('EdDSA');
  issuer.keys.push(rsa, edwards);
  gateway = await openTestGateway({ jwt: issuer.config() });
  const client = await gateway.client({ organization: 'acme' });
  organizationId = (await client.ask('{ viewer { organization { id } } }')).viewer.organization.id;
});
afterAll(async () => {
  await gateway.close();
  await issuer.close();
});

const VIEWER = '{ viewer { kind name staffUid scopes organization { id slug name } } }';
const ann = () => ({
  kind: 'STAFF',
  name: 'Ann Example',
  staffUid: 'ann',
  scopes: ['ADMIN'],
  organization: { id: organizationId, slug: 'acme', name: 'acme' },
});

const withToken = (token: string, word = 'Bearer') => gateway.anonymous(`${word} ${token}`);
const viewerOf = async (claims: JWTPayload) =>
  (await withToken(await issuer.token(claims)).ask(VIEWER)).viewer;

describe('a token of the issuer', () => {
  it.each([0, 1, 2])('signs a person in, whichever of its keys it is signed with: %i', async (index) => {
    const token = await issuer.token({}, issuer.keys[index]);
    expect((await withToken(token).ask(VIEWER)).viewer).toEqual(ann());
    expect((await withToken(token, 'AccessKey').ask(VIEWER)).viewer).toEqual(ann());
  });

  it('takes at most one statement, for the organization', async () => {
    const client = withToken(await issuer.token());
    gateway.takeStatements();
    await client.ask(VIEWER);
    const statement = expect.stringContaining('"organizations"."slug" = any(');
    expect(gateway.takeStatements()).toEqual([statement]);
    const others = await Promise.all(
      Array.from({ length: 20 }, (_, index) => issuer.token({ sub: `user-${index}` })),
    );
    await Promise.all(others.map((token) => withToken(token).ask(VIEWER)));
    const statements = gateway.takeStatements();
    // Those of one turn of the event loop are one; how many those are is a matter of time.
    expect(statements.length).toBeLessThanOrEqual(20);
    expect(statements).toEqual(statements.map(() => statement));
  });

  it('writes under the name of the person', async () => {
    const { upsertCall } = await withToken(await issuer.token()).ask(`mutation {
      upsertCall(input: { references: [{ system: OTHER, name: "case", value: "by ann" }] }) {
        call { history { nodes { actor } } } errors { message }
      }
    }`);
    expect(upsertCall).toEqual({ call: { history: { nodes: [{ actor: 'Ann Example' }] } }, errors: [] });
  });

  it.each<[string, JWTPayload | (() => JWTPayload), object]>([
    ['its organization by id', () => ({ organization: organizationId }), {}],
    ['several audiences', { aud: ['another', 'switchboard'] }, {}],
    [
      'scopes in a list',
      { scope: ['CALLS_READ', 'METADATA_WRITE'] },
      { scopes: ['CALLS_READ', 'METADATA_WRITE'] },
    ],
    [
      'scopes in a text',
      { scope: 'METADATA_WRITE CALLS_READ' },
      { scopes: ['CALLS_READ', 'METADATA_WRITE'] },
    ],
    ['scopes of others', { scope: 'openid ADMINS admin calls:read CALLS_READ' }, { scopes: ['CALLS_READ'] }],
    ['a scope twice', { scope: ['ADMIN', 'ADMIN'] }, { scopes: ['ADMIN'] }],
    ['no scopes', { scope: undefined }, { scopes: [] }],
    ['scopes that are none', { scope: { ADMIN: true } }, { scopes: [] }],
    ['scopes within scopes', { scope: [['ADMIN'], 1, null] }, { scopes: [] }],
    ['no staff uid', { staff_uid: undefined }, { staffUid: null }],
    ['no name', { name: undefined }, { name: 'user-1' }],
    ['no subject', { sub: undefined }, {}],
    ['a time from which it counts, which is past', () => ({ nbf: inSeconds(-1), iat: inSeconds(-1) }), {}],
  ])('may have %s', async (_, claims, expected) => {
    expect(await viewerOf(typeof claims === 'function' ? claims() : claims)).toEqual({
      ...ann(),
      ...expected,
    });
  });

  it('has exactly its scopes', async () => {
    const client = withToken(await issuer.token({ scope: 'METADATA_WRITE' }));
    const { data, errors } = await client.send('{ calls { totalCount } matchRules { id } }');
    expect(data).toEqual({ calls: { totalCount: expect.any(Number) }, matchRules: null });
    expect(errors).toMatchObject([{ path: ['matchRules'], extensions: { code: 'FORBIDDEN' } }]);
  });

  it("writes only its person's voice calls, and none without a staff uid", async () => {
    const create = `mutation ($input: CreateVoiceCallInput!) {
      createVoiceCall(input: $input) { voiceCall { staffUid } errors { code } }
    }`;
    const input = (staffUid: string) => ({
      ...{ staffUid, clientUid: 'c', fromNumber: '+14155550148', toNumber: '+14155550901', rate: '0.05' },
      ...{ direction: 'INBOUND', status: 'MISSED', provider: 'VONAGE' },
      ...{ sourceId: crypto.randomUUID(), externalUuid: crypto.randomUUID() },
    });
    const own = withToken(await issuer.token());
    expect((await own.ask(create, { input: input('ann') })).createVoiceCall.errors).toEqual([]);
    const nobody = withToken(await issuer.token({ staff_uid: undefined }));
    for (const answer of [
      await own.send(create, { input: input('bob') }),
      await nobody.send(create, { input: input('ann') }),
    ]) {
      expect(answer.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    }
  });
});

it('no token signs in for an organization that is being deleted', async () => {
  await gateway.client({ organization: 'closing' });
  const client = withToken(await issuer.token({ organization: 'closing' }));
  expect((await client.ask(VIEWER)).viewer.organization.slug).toBe('closing');
  await gateway.database.db.execute(
    sql`update organizations set deleted_at = clock_timestamp() where slug = 'closing'`,
  );
  const { errors } = await client.send(VIEWER);
  expect(errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
});

it('a key of the issuer is good for the accepted algorithms alone', async () => {
  const strict = await openGatewayOn(gateway.databaseUrl, {
    jwt: { ...issuer.config(), algorithms: ['ES256'] },
  });
  const [accepted, other] = issuer.keys.map((key) => issuer.token({}, key));
  const viewerBy = async (token: string) =>
    (await strict.anonymous(`Bearer ${token}`).send(VIEWER)).data?.viewer?.name;
  expect(await viewerBy((await accepted) ?? '')).toBe('Ann Example');
  expect(await viewerBy((await other) ?? '')).toBeUndefined();
  await strict.close();
});

it('API keys still sign in', async () => {
  const client = await gateway.client({ organization: 'acme', name: 'ci', scopes: ['CALLS_READ'] });
  expect((await client.ask(VIEWER)).viewer).toMatchObject({ kind: 'APP', name: 'ci', staffUid: null });
});

it('nothing of a token is logged', async () => {
  const token = await issuer.token({ iss: 'https://elsewhere.example' });
  await withToken(token).send(VIEWER);
  for (const part of token.split('.')) expect(gateway.log.join('\n')).not.toContain(part);
});

it('without configuration, no token signs in', async () => {
  const plain = await openTestGateway();
  try {
    await plain.client({ organization: 'acme' });
    expect((await plain.anonymous(`Bearer ${await issuer.token()}`).send(VIEWER)).status).toBe(401);
  } finally {
    await plain.close();
  }
});
