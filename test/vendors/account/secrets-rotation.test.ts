import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { vendorAccounts } from '../../../src/db/tables/vendor-accounts.js';
import { keyNameOf, SealedSecrets } from '../../../src/vendors/account/sealed-secrets.js';
import { rotateSecrets } from '../../../src/vendors/account/secrets-rotation.service.js';
import { uuidIn } from '../../support/events.js';
import { openTestGateway, TEST_SECRETS_KEYS, type TestGateway } from '../../support/gateway.js';
import { givenAccount, readAccount, updateAccount } from '../../support/vendors/accounts.js';
import { lockWaits } from './lock-waits.js';

const NEW = { name: 'new', key: Buffer.alloc(32, 8) };
const KEYS = [NEW, ...TEST_SECRETS_KEYS];

let gateway: TestGateway;
beforeAll(async () => {
  // The gateways know the new key before it seals.
  gateway = await openTestGateway({ vendors: false, secretsKeys: [...TEST_SECRETS_KEYS, NEW] });
});
afterAll(() => gateway.close());

async function rowOf(id: string) {
  const [row] = await gateway.database.db
    .select()
    .from(vendorAccounts)
    .where(eq(vendorAccounts.id, uuidIn(id)));
  return row ?? expect.fail();
}

it('seals the accounts of all organizations anew, and says how many; again there is none', async () => {
  const clients = [await gateway.client(), await gateway.client()];
  const accounts = await Promise.all(clients.map((client) => givenAccount(client, { system: 'CREOVAI' })));
  const sealed = new SealedSecrets(KEYS);
  const before = await Promise.all(accounts.map(({ id }) => rowOf(id)));
  expect(await rotateSecrets(gateway.database, sealed)).toEqual({ resealed: 2, unreadable: [] });
  for (const old of before) {
    const { secrets, ...row } = await rowOf((accounts[before.indexOf(old)] ?? expect.fail()).id);
    expect(keyNameOf(secrets ?? '')).toBe('new');
    expect(await new SealedSecrets([NEW]).open(row, secrets ?? '')).toMatchObject({
      clientId: 'creovai-client',
      clientSecret: 'creovai-secret',
    });
    expect({ ...row, secrets: old.secrets }).toEqual(old);
  }
  expect(await rotateSecrets(gateway.database, sealed)).toEqual({ resealed: 0, unreadable: [] });
});

it('loses no secret that is changed meanwhile', async () => {
  const { database } = gateway;
  const { id } = await givenAccount(await gateway.client(), { system: 'BURKI' });
  const row = await rowOf(id);
  const old = new SealedSecrets(TEST_SECRETS_KEYS);
  const { rotating } = await database.transaction(async (tx) => {
    const secrets = await old.seal(row, { apiKey: 'changed meanwhile' });
    await tx.update(vendorAccounts).set({ secrets }).where(eq(vendorAccounts.id, row.id));
    const begun = rotateSecrets(database, new SealedSecrets(KEYS));
    await lockWaits(database, 1);
    return { rotating: begun };
  });
  expect(await rotating).toEqual({ resealed: 1, unreadable: [] });
  const { secrets } = await rowOf(id);
  expect(await new SealedSecrets([NEW]).open(row, secrets ?? '')).toEqual({ apiKey: 'changed meanwhile' });
});

it('disturbs no update: accounts work while they are sealed anew', async () => {
  const client = await gateway.client();
  const { id } = await givenAccount(client, { system: 'BIRD' });
  const sealed = new SealedSecrets(KEYS);
  let isOver = false;
  const rotating = (async () => {
    let resealed = 0;
    while (!isOver) resealed += (await rotateSecrets(gateway.database, sealed)).resealed;
    return resealed;
  })();
  for (let turn = 0; turn < 30; turn += 1) {
    const member = turn % 2 === 0 ? 'accessKey' : 'signingKey';
    expect((await updateAccount(client, id, { vendor: { bird: { [member]: `${turn}` } } })).errors).toEqual(
      [],
    );
    expect((await readAccount(client, id)).state).toBe('ACTIVE');
  }
  isOver = true;
  expect(await rotating).toBeGreaterThan(0);
  const row = await rowOf(id);
  expect(await sealed.open(row, row.secrets ?? '')).toEqual({
    ...{ accessKey: '28', signingKey: '29' },
    webhookToken: expect.stringMatching(/^[\w-]{27}$/),
  });
});

it('names the accounts that do not open, and seals the others', async () => {
  const client = await gateway.client();
  const [lost, other] = [
    await givenAccount(client, { system: 'BURKI' }),
    await givenAccount(client, { system: 'BURKI' }),
  ];
  const row = await rowOf(lost.id);
  const secrets = await new SealedSecrets([{ name: 'gone', key: Buffer.alloc(32, 1) }]).seal(row, {
    apiKey: 'a',
  });
  await gateway.database.db.update(vendorAccounts).set({ secrets }).where(eq(vendorAccounts.id, row.id));
  const rotation = await rotateSecrets(gateway.database, new SealedSecrets(KEYS));
  expect(rotation.unreadable).toEqual([row.id]);
  expect(keyNameOf((await rowOf(other.id)).secrets ?? '')).toBe('new');
});
