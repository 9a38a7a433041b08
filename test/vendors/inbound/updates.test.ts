import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { VendorClients } from '../../../src/vendors/request/vendor-clients.js';
import { vcitaMessages } from '../../../src/vendors/vcita/vcita-messages.js';
import { uuidIn } from '../../support/events.js';
import { type Client, openGatewayOn, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { updateAccount } from '../../support/vendors/accounts.js';
import { type FakeVcita, openVcita } from '../../support/vendors/vcita.js';
import { callBy, givenHook, type Hook, readMessages } from './hooks.js';

let gateway: TestGateway;
let client: Client;
let vcita: FakeVcita;
let hook: Hook;

beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  vcita = await openVcita();
  client = await gateway.client();
  hook = await givenHook(gateway, client, { system: 'VCITA', vendor: vcita });
});
afterEach(async () => {
  expect(vcita.violations).toEqual([]);
  await updateAccount(client, hook.account.id, { receives: false });
  await vcita.close();
});
afterAll(() => gateway.close());

const record = (more: object = {}) => ({
  ...{ staff_uid: 'staff-1', client_uid: 'client-1', from_number: '+14155550100', to_number: '+14155550101' },
  ...{ direction: 'OUTBOUND', status: 'INCOMING_CALL', source_id: randomUUID(), external_uuid: randomUUID() },
  ...more,
});

/** At a time that the poll has not passed yet. */
function added(seconds: number, more: object = {}) {
  const voiceCall = vcita.add(record(more));
  voiceCall.updatedAt = new Date(Date.now() + seconds * 1_000).toISOString();
  return voiceCall;
}

/** As if a minute had passed. */
const due = () =>
  gateway.database.db.execute(sql`
    update vendor_accounts set updates_due_at = now() where id = ${uuidIn(hook.account.id)}`);

const lists = () => vcita.requests.filter(({ operation }) => operation === 'list');
const known = async () => (await client.ask('{ voiceCalls { totalCount } }')).voiceCalls.totalCount;

describe('what vcita has changed', () => {
  it('is read every minute, from where the last read ended, and written as the account’s', async () => {
    const voiceCall = added(1);
    await due();
    await expect.poll(known, { timeout: 30_000 }).toBe(1);
    const first = await callBy(client, 'VCITA', 'uid', voiceCall.uid);
    expect(first).toMatchObject({ status: 'RINGING', voiceCall: { status: 'INCOMING_CALL' } });
    Object.assign(voiceCall.written, { status: 'MISSED' });
    voiceCall.updatedAt = new Date(Date.now() + 2_000).toISOString();
    await due();
    await expect
      .poll(async () => (await callBy(client, 'VCITA', 'uid', voiceCall.uid)).status, { timeout: 30_000 })
      .toBe('NO_ANSWER');
    const { history } = await callBy(client, 'VCITA', 'uid', voiceCall.uid);
    expect(new Set(history.nodes.map(({ actor }: { actor: string }) => actor))).toEqual(
      new Set([hook.account.name]),
    );
    const positions = lists().map(({ query }) => query['filter[updated_at][gte]']);
    expect(positions.toSorted()).toEqual(positions);
    expect(await readMessages(client)).toEqual([]);
  });

  it('is read page by page, also where many are of one moment', async () => {
    const moment = new Date(Date.now() + 1_000).toISOString();
    const uids = Array.from({ length: 330 }, (_, n) => {
      const voiceCall = vcita.add(record());
      voiceCall.updatedAt = n < 250 ? moment : new Date(Date.now() + 2_000 + n).toISOString();
      return voiceCall.uid;
    });
    const clients = new VendorClients({ allowPrivate: true });
    const account = {
      ...{ organizationId: '', id: '', name: '', baseUrl: vcita.url, secretsVersion: '', settings: {} },
      secrets: { token: vcita.token },
    };
    const seen = new Set<string | undefined>();
    let next = { position: new Date().toISOString(), hasMore: true };
    while (next.hasMore) {
      const client = clients.clientOf(account, AbortSignal.timeout(60_000));
      const read = await vcitaMessages.updates?.since(next.position, account, client);
      for (const { references } of read?.records ?? []) seen.add(references[0]?.value);
      next = read ?? expect.fail();
    }
    await clients.close();
    expect([...seen].toSorted()).toEqual(uids.toSorted());
    expect(lists()).toHaveLength(5);
  });

  it('is not read while the account does not receive, and goes on after that', async () => {
    await updateAccount(client, hook.account.id, { receives: false });
    await expect.poll(() => lists().every(({ status }) => status !== null)).toBe(true);
    const before = lists().length;
    added(1);
    await due();
    // A gateway that takes what is due, and finds nothing of this account.
    const other = await openGatewayOn(gateway.databaseUrl);
    await other.close();
    expect(lists()).toHaveLength(before);
    await updateAccount(client, hook.account.id, { receives: true });
    await expect.poll(known, { timeout: 30_000 }).toBe(1);
  });

  it('is read later if vcita is away, without a gap', async () => {
    vcita.behave({ away: true });
    added(1);
    await due();
    await expect.poll(() => vcita.knocks.length, { timeout: 30_000 }).toBeGreaterThan(0);
    vcita.behave({});
    await expect
      .poll(
        async () => {
          await due();
          return known();
        },
        { timeout: 30_000 },
      )
      .toBe(1);
  });
});
