import { randomBytes } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterEach, expect, it } from 'vitest';
import { SealedSecrets } from '../../../src/vendors/account/sealed-secrets.js';
import { rotateSecrets } from '../../../src/vendors/account/secrets-rotation.service.js';
import { givenCall, mergeCallMetadata } from '../../support/documents.js';
import {
  type Client,
  openGatewayOn,
  openTestGateway,
  TEST_SECRETS_KEYS,
  type TestGateway,
} from '../../support/gateway.js';
import { givenAccount } from '../../support/vendors/accounts.js';
import { openBird } from '../../support/vendors/bird.js';
import { openBurki } from '../../support/vendors/burki.js';
import { openCreovai } from '../../support/vendors/creovai.js';
import type { SeenRequest } from '../../support/vendors/observations.js';
import { openVcita } from '../../support/vendors/vcita.js';

const opened: { close(): Promise<void> }[] = [];
const later = <T extends { close(): Promise<void> }>(it: T): T => {
  opened.push(it);
  return it;
};
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});

const secret = () => `hunter2-${randomBytes(9).toString('hex')}`;

/** Everything that is stored, as text. */
async function dump({ database: { db } }: TestGateway): Promise<string> {
  const tables = await db.execute<{ name: string }>(
    sql`select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`,
  );
  const texts = await Promise.all(
    tables.map(({ name }) => db.execute(sql`select to_jsonb(t)::text as row from ${sql.identifier(name)} t`)),
  );
  expect(texts.length).toBeGreaterThan(15);
  return JSON.stringify(texts);
}

const DELIVERIES = '{ deliveries { nodes { kind state lastError vendorRequestId } } }';
const unfinished = async (client: Client) =>
  (await client.ask(DELIVERIES)).deliveries.nodes.filter(({ state }: { state: string }) =>
    ['PENDING', 'RETRYING'].includes(state),
  );

it('no secret and no token is in what is stored, logged, measured or answered, though the vendors repeat them', async () => {
  const gateway = later(await openTestGateway({}, 'trace'));
  const client = await gateway.client();
  const secrets = Object.fromEntries(
    ['apiKey', 'clientSecret', 'token', 'accessKey', 'signingKey'].map((name) => [name, secret()]),
  );
  const [burki, creovai, vcita, bird] = [
    later(await openBurki()),
    later(await openCreovai()),
    later(await openVcita()),
    later(await openBird()),
  ];
  burki.key = secrets.apiKey ?? '';
  creovai.clientSecret = secrets.clientSecret ?? '';
  vcita.token = secrets.token ?? '';
  bird.key = secrets.accessKey ?? '';
  const accounts = [
    { system: 'BURKI', url: burki.url, members: { apiKey: secrets.apiKey } },
    { system: 'CREOVAI', url: creovai.url, members: { clientSecret: secrets.clientSecret } },
    { system: 'VCITA', url: vcita.url, members: { token: secrets.token } },
    {
      system: 'BIRD',
      url: bird.url,
      members: { accessKey: secrets.accessKey, signingKey: secrets.signingKey },
    },
  ] as const;
  for (const account of accounts) await givenAccount(client, account);
  // Each answers with all that it was sent, but for Creovai's token, which it gives.
  const repeat = ({ headers, body, path }: SeenRequest) => ({
    status: 422,
    headers: { 'x-request-id': `${headers.authorization}` },
    body: { detail: [headers, body, path] },
  });
  for (const fake of [burki, vcita, bird]) fake.behave({ refuse: repeat });
  creovai.behave({ refuse: (seen) => (seen.path === '/Token' ? null : repeat(seen)) });
  const call = await givenCall(client, {
    references: [
      { system: 'BURKI', name: 'id', value: '1' },
      { system: 'BIRD', name: 'id', value: 'a78dd93c-08fb-450b-8651-0def9cf77cf9' },
    ],
    workspaceId: '3fa85f64-5717-4562-b3fc-2c963f66afa6',
    channelId: 'db53c357-92e3-4f3d-babe-159573940a50',
    status: 'IN_PROGRESS',
  });
  const locator = { id: call.id };
  await mergeCallMetadata(client, { call: locator, metadata: { a: 1 } });
  await client.ask(
    `mutation ($call: CallLocator!, $event: RecordCallEventInput!) {
      recordCallEvent(input: $event) { errors { message } }
      replaceCallFlow(call: $call, commands: [{ hangup: {} }]) { errors { message } }
    }`,
    {
      call: locator,
      event: { target: { sessionId: 's1' }, eventTime: '2026-01-01T00:00:00Z', metadata: { b: 1 } },
    },
  );
  // The voice call ends the call, and a flow that has not been sent by then is EXPIRED.
  await expect.poll(() => bird.requests.length).toBeGreaterThan(0);
  await client.ask(
    `mutation ($call: CallLocator!, $voiceCall: CreateVoiceCallInput!) {
      createVoiceCall(call: $call, input: $voiceCall) { errors { message } }
    }`,
    {
      call: locator,
      voiceCall: {
        staffUid: 'staff',
        clientUid: 'client',
        fromNumber: '+15550100',
        toNumber: '+15550101',
        direction: 'INBOUND',
        status: 'MISSED',
        rate: '0.05',
        provider: 'VONAGE',
        sourceId: 'source',
        externalUuid: 'external',
      },
    },
  );
  await expect.poll(() => [burki, vcita].map(({ requests }) => requests.length > 0)).toEqual([true, true]);
  await expect.poll(() => creovai.requests.filter(({ path }) => path !== '/Token').length).toBeGreaterThan(0);
  await expect.poll(() => unfinished(client)).toEqual([]);
  const tokens = creovai.requests.flatMap(
    ({ headers }) => /^Bearer (.+)$/.exec(`${headers.authorization}`)?.[1] ?? [],
  );
  expect(tokens.length).toBeGreaterThan(0);
  const seen = [
    await dump(gateway),
    gateway.log.join(),
    await (await fetch(new URL('/metrics', gateway.url))).text(),
    JSON.stringify(await client.ask(DELIVERIES)),
  ].join('\n');
  // What the vendors said is there, but for the secrets in it.
  expect(seen).toContain('The vendor answered 422');
  expect(seen).toContain('switchboard_deliveries_total{system="BURKI",kind="METADATA",outcome="DEAD"} 1');
  for (const each of [...Object.values(secrets), ...tokens]) expect(seen).not.toContain(each);
});

it('keys are changed while deliveries run: none is lost, and the old key is not needed after that', async () => {
  const NEW = { name: 'new', key: Buffer.alloc(32, 9) };
  const gateway = later(await openTestGateway({ vendors: false }));
  const client = await gateway.client();
  const worker = (secretsKeys: typeof TEST_SECRETS_KEYS) =>
    openGatewayOn(gateway.databaseUrl, { secretsKeys });
  const burki = later(await openBurki());
  burki.key = secret();
  await givenAccount(client, { system: 'BURKI', url: burki.url, members: { apiKey: burki.key } });
  const merge = async (n: number) => {
    burki.add({ id: n });
    const call = await givenCall(client, { references: [{ system: 'BURKI', name: 'id', value: `${n}` }] });
    await mergeCallMetadata(client, { call: { id: call.id }, metadata: { n } });
  };
  const first = await worker([...TEST_SECRETS_KEYS, NEW]);
  for (let n = 1; n <= 6; n += 1) await merge(n);
  const sealed = new SealedSecrets([NEW, ...TEST_SECRETS_KEYS]);
  expect(await rotateSecrets(gateway.database, sealed)).toMatchObject({ resealed: 1 });
  for (let n = 7; n <= 9; n += 1) await merge(n);
  await expect.poll(() => unfinished(client)).toEqual([]);
  await first.close();
  for (let n = 10; n <= 12; n += 1) await merge(n);
  later(await worker([NEW]));
  await expect.poll(() => unfinished(client)).toEqual([]);
  const { deliveries } = await client.ask('{ deliveries { nodes { state } } }');
  const of = <T>(value: (n: number) => T) => Array.from({ length: 12 }, (_, index) => value(index + 1));
  expect(deliveries.nodes).toEqual(of(() => ({ state: 'DELIVERED' })));
  expect([...burki.calls.values()].map(({ call_meta }) => call_meta)).toEqual(of((n) => ({ n })));
  expect(burki.violations).toEqual([]);
});
