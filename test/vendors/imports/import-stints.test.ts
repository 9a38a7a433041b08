import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { loadConfig } from '../../../src/config/config.js';
import { EventAdmissions } from '../../../src/events/event-admissions.service.js';
import { IntakeService } from '../../../src/intake/intake.service.js';
import { openAccount } from '../../../src/vendors/account/connected-account.js';
import { vendorOf } from '../../../src/vendors/account/given-vendor.js';
import { SealedSecrets } from '../../../src/vendors/account/sealed-secrets.js';
import { claimImports } from '../../../src/vendors/imports/call-import.store.js';
import { ImportWorker } from '../../../src/vendors/imports/import-worker.service.js';
import { pageReader } from '../../../src/vendors/imports/page-reader.js';
import { type VendorClient, VendorUnreachable } from '../../../src/vendors/request/vendor-client.js';
import { VendorClients } from '../../../src/vendors/request/vendor-clients.js';
import { type Client, openTestGateway, TEST_SECRETS_KEYS, type TestGateway } from '../../support/gateway.js';
import { numbers } from '../../support/numbers.js';
import { type FakeBurki, openBurki } from '../../support/vendors/burki.js';
import { connect } from '../delivery/connected.js';
import { imported } from './imports.js';

let gateway: TestGateway;
let client: Client;
let burki: FakeBurki;

beforeAll(async () => {
  gateway = await openTestGateway({ vendors: false });
});
beforeEach(async () => {
  client = await gateway.client();
  burki = await openBurki();
  onTestFinished(() => burki.close());
});
afterAll(() => gateway.close());

/** Works with stints that are over at once. Returns how many it has had. */
function workBriefly(): () => number {
  const { database } = gateway;
  const failed = vi.fn();
  const clients = new VendorClients({ allowPrivate: true });
  let stints = 0;
  const worker = new ImportWorker({
    database,
    stint: 0,
    claim: async (...asked) => {
      const rows = await claimImports(...asked);
      stints += rows.length;
      return rows;
    },
    intake: new IntakeService(new EventAdmissions(database, loadConfig({}), failed)),
    vendorOf,
    open: openAccount.bind(null, new SealedSecrets(TEST_SECRETS_KEYS)),
    clientOf: clients.clientOf.bind(clients),
    imported: () => {},
    importFailed: failed,
    failed,
  });
  worker.setNeeded(true);
  onTestFinished(async () => {
    await worker.close();
    await clients.close();
    expect(failed).not.toHaveBeenCalled();
  });
  return () => stints;
}

/** Of a minute each; the first `recorded` of them, which are the newest, have a recording. */
function addCalls(count: number, recorded = 0): void {
  for (const n of numbers(count)) {
    const id = n + 1;
    const startedAt = new Date(Date.UTC(2024, 0, 2) - n * 60_000).toISOString().replace('Z', '');
    burki.add({ id, status: 'completed', duration: n < recorded ? 60 : 0, started_at: startedAt });
    if (n < recorded) burki.recordings.set(1_000 + id, { callId: id, bytes: Buffer.from('audio') });
  }
}

describe('an import gives its claim back when its stint is over', () => {
  it('after each page of calls', async () => {
    const { id } = await connect(gateway, client, { system: 'BURKI', url: burki.url });
    addCalls(1_001);
    const stints = workBriefly();
    expect(await imported(client, id)).toMatchObject({ state: 'DONE', created: 1_001 });
    expect(stints()).toBe(3);
  });

  it('after each few calls whose recordings it has asked for', async () => {
    const { id } = await connect(gateway, client, { system: 'BURKI', url: burki.url });
    addCalls(11, 11);
    const stints = workBriefly();
    expect(await imported(client, id)).toMatchObject({ state: 'DONE', created: 11, asked: 11, failed: 0 });
    // One for the page, and one for each four recordings; the last finds that no more are left.
    expect(stints()).toBe(5);
  });

  it('after each page in which nothing is to be asked for', async () => {
    const { id } = await connect(gateway, client, { system: 'BURKI', url: burki.url });
    addCalls(1_501, 1);
    const stints = workBriefly();
    expect(await imported(client, id)).toMatchObject({ state: 'DONE', created: 1_501, asked: 1 });
    expect(stints()).toBe(9);
  });
});

it('an answer that is too large is asked for in ever smaller parts, and a vendor without a way past it no more', async () => {
  const tooLarge = new VendorUnreachable('longer than 16 MiB', { isTooLarge: true });
  const sizes: number[] = [];
  const page = async ({ most }: { most: number }) => {
    sizes.push(most);
    if (sizes.length > 9) throw new Error('it asks for ever');
    throw tooLarge;
  };
  const request = { from: null, to: new Date(), known: { after: async () => [], count: async () => 0 } };
  const read = pageReader({ calls: { most: 4, page } }, request, {} as never, (timed) => timed);
  await expect(read(null, {} as VendorClient)).rejects.toBe(tooLarge);
  expect(sizes).toEqual([4, 2, 1]);
});
