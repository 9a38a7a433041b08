import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { deliveries } from '../../../src/db/tables/deliveries.js';
import { vendorAccounts } from '../../../src/db/tables/vendor-accounts.js';
import { newUuid } from '../../../src/foundation/new-id.js';
import { SealedSecrets } from '../../../src/vendors/account/sealed-secrets.js';
import type { DeliveryState } from '../../../src/vendors/delivery/delivery.enums.js';
import { codesOf } from '../../support/documents.js';
import { uuidIn } from '../../support/events.js';
import {
  type Client,
  openGatewayOn,
  openTestGateway,
  TEST_SECRETS_KEYS,
  type TestGateway,
} from '../../support/gateway.js';
import {
  accountInput,
  createAccount,
  deleteAccount,
  givenAccount,
  readAccount,
  readAccounts,
  testAccount,
  updateAccount,
} from '../../support/vendors/accounts.js';
import { openAnswering } from './answering.js';
import { lockWaits } from './lock-waits.js';

let gateway: TestGateway;
let client: Client;

beforeAll(async () => {
  gateway = await openTestGateway({ vendors: false });
});
beforeEach(async () => {
  client = await gateway.client();
});
afterAll(() => gateway.close());

async function rowOf(id: string) {
  const [row] = await gateway.database.db
    .select()
    .from(vendorAccounts)
    .where(eq(vendorAccounts.id, uuidIn(id)));
  return row ?? expect.fail(`there is no account ${id}`);
}

const setRow = (id: string, values: Partial<typeof vendorAccounts.$inferInsert>) =>
  gateway.database.db
    .update(vendorAccounts)
    .set(values)
    .where(eq(vendorAccounts.id, uuidIn(id)));

const LATER = new Date(Date.now() + 3_600_000);

async function givenDelivery(
  account: string,
  state: DeliveryState,
  values: Partial<typeof deliveries.$inferInsert> = {},
): Promise<string> {
  const { organizationId, id: accountId } = await rowOf(account);
  const [id, at] = [newUuid(), new Date()];
  await gateway.database.db.insert(deliveries).values({
    organizationId,
    id,
    accountId,
    lane: id,
    kind: 'EVENT',
    state,
    priority: 1,
    nextAttemptAt: LATER,
    createdAt: at,
    updatedAt: at,
    ...values,
  });
  return id;
}

async function deliveryOf(id: string) {
  const [row] = await gateway.database.db.select().from(deliveries).where(eq(deliveries.id, id));
  return row ?? expect.fail(`there is no delivery ${id}`);
}

const isDue = ({ nextAttemptAt }: { nextAttemptAt: Date }) => nextAttemptAt < LATER;

describe('a new account', () => {
  it.each([
    ['BURKI', 'https://api.burki.dev', {}],
    ['CREOVAI', 'https://creovai.example.com', {}],
    ['VCITA', 'https://api.vcita.biz', { businessUid: 'business-1' }],
    ['BIRD', 'https://api.bird.com', { workspaceId: 'workspace-1', channelId: 'channel-1' }],
  ] as const)(
    'of %s is shown with its settings, and without its secrets',
    async (system, baseUrl, settings) => {
      const made = await givenAccount(client, { system, name: 'main' });
      expect(made).toMatchObject({
        system,
        name: 'main',
        baseUrl,
        settings,
        sends: true,
        receives: true,
        state: 'ACTIVE',
        stateReason: null,
        pendingDeliveries: 0,
        deadDeliveries: 0,
        oldestPendingAt: null,
        createdAt: made.updatedAt,
      });
      expect(await readAccounts(client)).toEqual([made]);
      expect(await readAccount(client, made.id)).toEqual(made);
    },
  );

  it('has the kinds, rate and concurrency of its vendor', async () => {
    const { id } = await givenAccount(client, { system: 'VCITA' });
    expect(await rowOf(id)).toMatchObject({ kinds: ['VOICE_CALL'], baseRate: 5, rate: 5, concurrency: 3 });
  });

  it('of Creovai says when its secrets expire: after a year', async () => {
    const { secretExpiresAt } = await givenAccount(client, { system: 'CREOVAI' });
    const days = (Date.parse(secretExpiresAt) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(364.9);
    expect(days).toBeLessThanOrEqual(365);
    expect((await givenAccount(client, { system: 'BURKI' })).secretExpiresAt).toBeNull();
  });

  it.each([
    ['BURKI', 'apiKey'],
    ['CREOVAI', 'baseUrl'],
    ['CREOVAI', 'clientId'],
    ['CREOVAI', 'clientSecret'],
    ['VCITA', 'token'],
    ['VCITA', 'businessUid'],
    ['BIRD', 'accessKey'],
  ] as const)('of %s without %s is INVALID there', async (system, missing) => {
    for (const value of [null, undefined]) {
      const payload = await createAccount(client, accountInput({ system, members: { [missing]: value } }));
      expect(codesOf(payload)).toEqual([
        { code: 'INVALID', path: ['input', 'vendor', system.toLowerCase(), missing] },
      ]);
    }
    expect(await readAccounts(client)).toEqual([]);
  });

  it.each(['', ' key', 'key\n', 'schlüssel', 'a\tb'])(
    'with the secret %j is INVALID, and it is not repeated',
    async (apiKey) => {
      const payload = await createAccount(client, accountInput({ system: 'BURKI', members: { apiKey } }));
      expect(codesOf(payload)).toEqual([{ code: 'INVALID', path: ['input', 'vendor', 'burki', 'apiKey'] }]);
      if (apiKey !== '') expect(payload.errors[0].message).not.toContain(apiKey);
    },
  );

  it('cannot have the name of another, which comes with the refusal', async () => {
    const first = await givenAccount(client, { system: 'BURKI', name: 'main' });
    const payload = await createAccount(client, accountInput({ system: 'BIRD', name: 'main' }));
    expect(codesOf(payload)).toEqual([{ code: 'ALREADY_EXISTS', path: ['input', 'name'] }]);
    expect(payload.vendorAccount).toEqual(first);
    await givenAccount(await gateway.client(), { system: 'BIRD', name: 'main' });
    await deleteAccount(client, first.id);
    await givenAccount(client, { system: 'BIRD', name: 'main' });
  });

  it('is made once by many at a time', async () => {
    const inputs = Array.from({ length: 8 }, () => accountInput({ system: 'BURKI', name: 'main' }));
    const payloads = await Promise.all(inputs.map((input) => createAccount(client, input)));
    const codes = payloads.flatMap(codesOf).map(({ code }) => code);
    expect(codes).toEqual(Array(7).fill('ALREADY_EXISTS'));
    expect(await readAccounts(client)).toHaveLength(1);
  });

  it('beyond the hundredth is refused', async () => {
    const { organizationId, ...row } = await rowOf((await givenAccount(client, { system: 'BURKI' })).id);
    await gateway.database.db.insert(vendorAccounts).values(
      Array.from({ length: 99 }, (_, n) => ({
        ...{ ...row, organizationId, id: newUuid(), name: `${n}` },
        webhookTokenHash: null,
      })),
    );
    expect(codesOf(await createAccount(client, accountInput({ system: 'BURKI' })))).toEqual([
      { code: 'LIMIT_EXCEEDED', path: null },
    ]);
  });
});

describe('a base URL', () => {
  it('may be private, or http, only where the setting allows it', async () => {
    const url = 'http://127.0.0.1:1';
    const strict = await openGatewayOn(gateway.databaseUrl, { vendors: false, vendorsAllowPrivate: false });
    const other = await strict.client();
    for (const input of ['https://127.0.0.1', 'https://localhost', url, 'https://me:key@api.burki.dev']) {
      const payload = await createAccount(other, accountInput({ system: 'BURKI', url: input }));
      expect(codesOf(payload)).toEqual([{ code: 'INVALID', path: ['input', 'vendor', 'burki', 'baseUrl'] }]);
    }
    const { id } = await givenAccount(other, { system: 'BURKI' });
    expect(codesOf(await updateAccount(other, id, { vendor: { burki: { baseUrl: url } } }))).toEqual([
      { code: 'INVALID', path: ['input', 'vendor', 'burki', 'baseUrl'] },
    ]);
    await strict.close();
    expect((await givenAccount(client, { system: 'BURKI', url })).baseUrl).toBe(url);
  });
});

describe('an update', () => {
  it('keeps what it leaves out, or sets to null', async () => {
    const url = 'https://eu.vcita.example';
    const made = await givenAccount(client, { system: 'VCITA', url, name: 'main' });
    const { secrets } = await rowOf(made.id);
    const members = { token: null, directory: true, voicemailStatus: 'VOICEMAIL_RECEIVED' };
    const { vendorAccount, errors } = await updateAccount(client, made.id, {
      name: null,
      vendor: { vcita: members },
      sends: false,
    });
    expect(errors).toEqual([]);
    expect(vendorAccount).toEqual({
      ...made,
      settings: { businessUid: 'business-1', directory: true, voicemailStatus: 'VOICEMAIL_RECEIVED' },
      sends: false,
      updatedAt: expect.not.stringMatching(made.updatedAt),
    });
    expect((await rowOf(made.id)).secrets).toBe(secrets);
  });

  it('renames, unless another account has the name', async () => {
    const [one, other] = [
      await givenAccount(client, { system: 'BURKI', name: 'one' }),
      await givenAccount(client, { system: 'BURKI', name: 'other' }),
    ];
    const refused = await updateAccount(client, one.id, { name: 'other' });
    expect(codesOf(refused)).toEqual([{ code: 'ALREADY_EXISTS', path: ['input', 'name'] }]);
    expect(refused.vendorAccount).toEqual(other);
    const { vendorAccount } = await updateAccount(client, one.id, { name: 'third' });
    expect(vendorAccount.name).toBe('third');
  });

  it('of another vendor is INVALID', async () => {
    const { id } = await givenAccount(client, { system: 'BURKI' });
    expect(codesOf(await updateAccount(client, id, { vendor: { bird: { accessKey: 'a' } } }))).toEqual([
      { code: 'INVALID', path: ['input', 'vendor', 'bird'] },
    ]);
  });

  it('at once with others loses none of their members', async () => {
    const { id } = await givenAccount(client, { system: 'BIRD' });
    const members = [{ workspaceId: 'w' }, { channelId: 'c' }, { signingKey: 's' }, { accessKey: 'a' }];
    const { database } = gateway;
    const updates = await database.transaction(async (tx) => {
      await tx
        .update(vendorAccounts)
        .set({ name: 'held' })
        .where(eq(vendorAccounts.id, uuidIn(id)));
      const begun = members.map((bird) => updateAccount(client, id, { vendor: { bird } }));
      await lockWaits(database, members.length);
      return { begun };
    });
    expect((await Promise.all(updates.begun)).flatMap(codesOf)).toEqual([]);
    expect(await readAccount(client, id)).toMatchObject({
      name: 'held',
      settings: { workspaceId: 'w', channelId: 'c' },
    });
    const row = await rowOf(id);
    expect(await new SealedSecrets(TEST_SECRETS_KEYS).open(row, row.secrets ?? '')).toMatchObject({
      accessKey: 'a',
      signingKey: 's',
    });
  });

  it('pauses and resumes', async () => {
    const { id } = await givenAccount(client, { system: 'BURKI' });
    expect((await updateAccount(client, id, { paused: true })).vendorAccount).toMatchObject({
      state: 'PAUSED',
      stateReason: null,
    });
    expect((await updateAccount(client, id, { paused: false })).vendorAccount.state).toBe('ACTIVE');
  });
});

describe('a failing account', () => {
  const REFUSED = { isRefused: true, failures: 7, openUntil: LATER, stateReason: 'The vendor answered 401.' };

  it.each([
    ['its credentials were refused', { isRefused: true, stateReason: 'no' }],
    ['its circuit is open', { failures: 5, openUntil: LATER, stateReason: 'no' }],
    ['its circuit is half open', { failures: 5, openUntil: new Date(0), stateReason: 'no' }],
  ])('says so when %s', async (_, values) => {
    const { id } = await givenAccount(client, { system: 'BURKI' });
    await setRow(id, { failures: 4 });
    expect((await readAccount(client, id)).state).toBe('ACTIVE');
    await setRow(id, values);
    expect(await readAccount(client, id)).toMatchObject({ state: 'FAILING', stateReason: 'no' });
    await setRow(id, { paused: true });
    expect(await readAccount(client, id)).toMatchObject({ state: 'PAUSED', stateReason: null });
  });

  it.each([
    ['new secrets', { vendor: { burki: { apiKey: 'right' } } }, true],
    [
      'a base URL with the secrets',
      { vendor: { burki: { baseUrl: 'https://eu.burki.dev', apiKey: 'a' } } },
      true,
    ],
    ['the end of a pause', { paused: false }, true],
    ['another name', { name: 'renamed' }, false],
    ['a pause', { paused: true }, false],
  ])('goes on at once after %s: %o is %s', async (_, input, recovers) => {
    const { id } = await givenAccount(client, { system: 'BURKI' });
    await setRow(id, REFUSED);
    const [retrying, pending, ofAnother] = [
      await givenDelivery(id, 'RETRYING'),
      await givenDelivery(id, 'PENDING'),
      await givenDelivery((await givenAccount(client, { system: 'BURKI' })).id, 'RETRYING'),
    ];
    expect((await updateAccount(client, id, input)).errors).toEqual([]);
    const cleared = { isRefused: false, failures: 0, openUntil: null, stateReason: null };
    expect(await rowOf(id)).toMatchObject(recovers ? cleared : REFUSED);
    expect(isDue(await deliveryOf(retrying))).toBe(recovers);
    expect([isDue(await deliveryOf(pending)), isDue(await deliveryOf(ofAnother))]).toEqual([false, false]);
  });
});

it('another server is not sent the secrets of an account unless they are given anew', async () => {
  const vendor = await openAnswering(200, '{"total": 3, "items": []}');
  const { id, baseUrl } = await givenAccount(client, { system: 'BURKI' });
  const update = (burki: object) => updateAccount(client, id, { vendor: { burki } });
  expect(await update({ baseUrl: vendor.url })).toMatchObject({
    vendorAccount: null,
    errors: [{ code: 'INVALID', path: ['input', 'vendor', 'burki', 'baseUrl'] }],
  });
  expect((await readAccount(client, id)).baseUrl).toBe(baseUrl);
  expect((await update({ baseUrl: `${baseUrl}/eu` })).errors).toEqual([]);
  expect((await update({ baseUrl: vendor.url, apiKey: 'new' })).errors).toEqual([]);
  await testAccount(client, id);
  expect(vendor.authorizations).toEqual(['Bearer new']);
  await vendor.close();
});

describe('a test', () => {
  it('that succeeds says what was found, and lets the account go on', async () => {
    const vendor = await openAnswering(200, '{"total": 3, "items": []}');
    const { id } = await givenAccount(client, { system: 'BURKI', url: vendor.url });
    await setRow(id, { isRefused: true, failures: 9, openUntil: LATER, stateReason: 'no' });
    const retrying = await givenDelivery(id, 'RETRYING');
    const { ok, message, errors } = await testAccount(client, id);
    expect({ ok, errors }).toEqual({ ok: true, errors: [] });
    expect(message).toMatch(/\.$/);
    expect(vendor.authorizations).toEqual(['Bearer burki-key']);
    expect((await readAccount(client, id)).state).toBe('ACTIVE');
    expect(isDue(await deliveryOf(retrying))).toBe(true);
    await vendor.close();
  });

  it('that fails says why, without the secret, and changes nothing', async () => {
    const vendor = await openAnswering(401, '{"detail": "wrong key burki-key"}');
    const { id } = await givenAccount(client, { system: 'BURKI', url: vendor.url });
    const before = await rowOf(id);
    const payload = await testAccount(client, id);
    expect(payload).toMatchObject({ ok: false, message: expect.stringContaining('401'), errors: [] });
    expect(payload.message).not.toContain('burki-key');
    await vendor.close();
    expect(await testAccount(client, id)).toMatchObject({
      ok: false,
      message: expect.stringContaining('cannot be reached'),
      errors: [],
    });
    expect(await rowOf(id)).toEqual(before);
  });

  it('of an unknown account is NOT_FOUND, and of another id INVALID', async () => {
    const { id } = await givenAccount(await gateway.client(), { system: 'BURKI' });
    expect(await testAccount(client, id)).toMatchObject({ ok: false, message: null });
    expect(codesOf(await testAccount(client, id))).toEqual([{ code: 'NOT_FOUND', path: ['id'] }]);
    expect(codesOf(await testAccount(client, 'nonsense'))).toEqual([{ code: 'INVALID', path: ['id'] }]);
  });
});

describe('a deleted account', () => {
  it('is shown no more, has no secrets, and discards what it has not delivered', async () => {
    const { id } = await givenAccount(client, { system: 'BURKI' });
    const other = await givenAccount(client, { system: 'BURKI' });
    const unfinished = await Promise.all(
      (['PENDING', 'RETRYING', 'INCOMPLETE'] as const).map((state) => givenDelivery(id, state)),
    );
    const [dead, delivered, ofOther] = [
      await givenDelivery(id, 'DEAD'),
      await givenDelivery(id, 'DELIVERED'),
      await givenDelivery(other.id, 'PENDING'),
    ];
    expect(await deleteAccount(client, id)).toEqual({ id, errors: [] });
    expect((await readAccounts(client)).map((account) => account.id)).toEqual([other.id]);
    expect(await readAccount(client, id)).toBeNull();
    expect(await rowOf(id)).toMatchObject({ secrets: null, deletedAt: expect.any(Date) });
    const states = async (ids: string[]) =>
      (await Promise.all(ids.map(deliveryOf))).map(({ state }) => state);
    expect(await states(unfinished)).toEqual(['DISCARDED', 'DISCARDED', 'DISCARDED']);
    expect(await states([dead, delivered, ofOther])).toEqual(['DEAD', 'DELIVERED', 'PENDING']);
    expect(codesOf(await deleteAccount(client, id))).toEqual([{ code: 'NOT_FOUND', path: ['id'] }]);
    expect(codesOf(await updateAccount(client, id, {}))).toEqual([{ code: 'NOT_FOUND', path: ['id'] }]);
  });
});

describe('what could not be sent because it was in doubt', () => {
  const create = () => givenAccount(client, { system: 'BIRD' });
  it.each([
    ['created', create],
    ['updated', async (id: string) => updateAccount(client, id, { vendor: { bird: { channelId: 'c2' } } })],
    ['deleted', async () => deleteAccount(client, (await create()).id)],
  ] as const)('is tried again when an account of its system is %s', async (_, change) => {
    const { id } = await create();
    const [waiting, ofSystem] = [
      await givenDelivery(id, 'INCOMPLETE'),
      await givenDelivery((await givenAccount(client, { system: 'BURKI' })).id, 'INCOMPLETE'),
    ];
    const claimed = await givenDelivery(id, 'RETRYING', { claim: newUuid(), claimedUntil: LATER });
    await change(id);
    const { state, nextAttemptAt } = await deliveryOf(waiting);
    expect([state, isDue({ nextAttemptAt })]).toEqual(['PENDING', true]);
    expect((await deliveryOf(ofSystem)).state).toBe('INCOMPLETE');
    expect(await deliveryOf(claimed)).toMatchObject({
      state: 'RETRYING',
      isWoken: true,
      nextAttemptAt: LATER,
    });
  });
});

it('an account counts what waits and what is dead, all accounts in one statement', async () => {
  const [one, other] = [
    await givenAccount(client, { system: 'BURKI' }),
    await givenAccount(client, { system: 'BIRD' }),
  ];
  const oldest = new Date('2024-01-15T10:00:00.000Z');
  for (const state of ['PENDING', 'RETRYING', 'INCOMPLETE', 'DEAD', 'DELIVERED', 'DISCARDED'] as const) {
    await givenDelivery(one.id, state);
  }
  await givenDelivery(one.id, 'RETRYING', { createdAt: oldest });
  await givenDelivery(one.id, 'DEAD', { createdAt: new Date(0) });
  gateway.takeStatements();
  const accounts = await readAccounts(client);
  expect(gateway.takeStatements().filter((statement) => statement.includes('"deliveries"'))).toHaveLength(1);
  expect(accounts).toMatchObject([
    { id: other.id, pendingDeliveries: 0, deadDeliveries: 0, oldestPendingAt: null },
    { id: one.id, pendingDeliveries: 4, deadDeliveries: 2, oldestPendingAt: oldest.toISOString() },
  ]);
});

describe('without the key that its secrets are sealed with', () => {
  const OTHER = [{ name: 'other', key: Buffer.alloc(32, 9) }];

  it('an account is FAILING and names SECRETS_KEYS, until it gets new secrets', async () => {
    const own = { organization: 'keyless' };
    const made = await givenAccount(await gateway.client(own), { system: 'CREOVAI' });
    const keyless = await openGatewayOn(gateway.databaseUrl, { vendors: false, secretsKeys: OTHER });
    const there = await keyless.client(own);
    const failing = await readAccount(there, made.id);
    expect(failing).toMatchObject({ state: 'FAILING', stateReason: expect.stringContaining('SECRETS_KEYS') });
    expect(await testAccount(there, made.id)).toEqual({
      ok: false,
      message: failing.stateReason,
      errors: [],
    });
    const half = await updateAccount(there, made.id, { vendor: { creovai: { clientSecret: 's' } } });
    expect(codesOf(half)).toEqual([{ code: 'INVALID', path: ['input', 'vendor', 'creovai', 'clientId'] }]);
    const whole = { clientId: 'c', clientSecret: 's' };
    const { vendorAccount } = await updateAccount(there, made.id, { vendor: { creovai: whole } });
    expect(vendorAccount).toMatchObject({ state: 'ACTIVE', stateReason: null });
    expect(keyless.log).toEqual([]);
    await keyless.close();
  });

  it('no account is made where there is no key at all', async () => {
    const keyless = await openGatewayOn(gateway.databaseUrl, { vendors: false, secretsKeys: [] });
    const payload = await createAccount(await keyless.client(), accountInput({ system: 'BURKI' }));
    expect(payload).toMatchObject({
      vendorAccount: null,
      errors: [{ code: 'INVALID', message: expect.stringContaining('SECRETS_KEYS'), path: null }],
    });
    await keyless.close();
  });

  it('a row that was moved to another organization, or another account, does not open', async () => {
    const mine = await givenAccount(client, { system: 'BURKI' });
    const stranger = await gateway.client();
    const [theirs, other] = [
      await givenAccount(stranger, { system: 'BURKI' }),
      await givenAccount(stranger, { system: 'BURKI' }),
    ];
    const { secrets } = await rowOf(mine.id);
    for (const { id } of [theirs, other]) await setRow(id, { secrets });
    for (const account of await readAccounts(stranger)) {
      expect(account).toMatchObject({
        state: 'FAILING',
        stateReason: expect.stringContaining('SECRETS_KEYS'),
      });
    }
    const { organizationId } = await rowOf(theirs.id);
    await gateway.database.db
      .update(vendorAccounts)
      .set({ organizationId })
      .where(and(eq(vendorAccounts.id, uuidIn(mine.id))));
    expect(await readAccount(stranger, mine.id)).toMatchObject({ state: 'FAILING' });
  });
});
