import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { OrganizationSuspended } from '../../src/identity/organization-suspended.js';
import { OrganizationsService } from '../../src/identity/organizations.service.js';
import { SIGNED_OUT } from '../../src/live/transport/close-codes.js';
import { claimImport, claimImports } from '../../src/vendors/imports/call-import.store.js';
import { claimUpdates } from '../../src/vendors/inbound/updates.store.js';
import { CALLS_CHANGED, followOver, socketUrl } from '../live/followers.js';
import { claimed, givenDelivery, givenSender } from '../support/deliveries.js';
import { givenCall } from '../support/documents.js';
import { uuidIn } from '../support/events.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { givenImport } from '../support/imports.js';
import { Issuer, newSigningKey } from '../support/issuer.js';
import { givenAccount } from '../support/vendors/accounts.js';
import { openBurki } from '../support/vendors/burki.js';
import { givenAtBurki, heard, listen, plainUrl, refusalOf } from '../vendors/audio/listening.js';
import { deliver, hookOf, processed, readMessages } from '../vendors/inbound/hooks.js';

let issuer: Issuer;
let gateway: TestGateway;
let service: OrganizationsService;
beforeAll(async () => {
  issuer = await Issuer.open();
  issuer.keys.push(await newSigningKey('RS256'));
  gateway = await openTestGateway({ jwt: issuer.config() });
  service = new OrganizationsService(gateway.database);
});
afterAll(async () => {
  await gateway.close();
  await issuer.close();
});

const { message } = new OrganizationSuspended();
const QUERY = '{ viewer { name } }';

async function given(): Promise<{ slug: string; client: Client; person: Client }> {
  const slug = `org-${randomBytes(4).toString('hex')}`;
  const client = await gateway.client({ organization: slug });
  const token = await issuer.token({ organization: slug });
  return { slug, client, person: { ...gateway.anonymous(`Bearer ${token}`), token } };
}

const fetched = async (path: string, init: RequestInit) => {
  const response = await fetch(new URL(path, gateway.url), init);
  return { status: response.status, text: await response.text() };
};

describe('a suspended organization', () => {
  it('has its keys and its people refused over HTTP, at once and until it is resumed', async () => {
    const { slug, client, person } = await given();
    await client.ask(QUERY);
    await person.ask(QUERY);
    expect(await service.suspend(slug)).toBe(true);
    for (const each of [client, person]) {
      expect(await each.send(QUERY)).toMatchObject({
        status: 403,
        errors: [{ message, extensions: { code: 'FORBIDDEN' } }],
      });
    }
    expect(await service.resume(slug)).toBe(true);
    await client.ask(QUERY);
    await person.ask(QUERY);
  });

  it.each(['ws', 'sse'] as const)('has its open subscriptions ended: %s', async (transport) => {
    const { slug, client, person } = await given();
    const other = await given();
    const open = [client, person].map(({ token }) => followOver(transport, { url: gateway.url, token }));
    const kept = followOver(transport, { url: gateway.url, token: other.client.token });
    await gateway.subscribers(3);
    await service.suspend(slug);
    for (const follower of open) {
      const over = await follower.ended();
      if (transport === 'ws') expect(over).toMatchObject({ code: 4403, reason: SIGNED_OUT.message });
      else expect(follower.errors).toMatchObject([SIGNED_OUT]);
    }
    expect(kept.over).toBeUndefined();
    kept.stop();
    await gateway.subscribers(0);
  });

  it('cannot open a WebSocket or an event stream, and is told why', async () => {
    const { slug, client } = await given();
    await service.suspend(slug);
    const socket = new WebSocket(socketUrl(gateway.url), 'graphql-transport-ws');
    onTestFinished(() => socket.terminate());
    const payload = { Authorization: `Bearer ${client.token}` };
    socket.once('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload })));
    const [code, reason] = await once(socket, 'close');
    expect([code, String(reason)]).toEqual([4403, message]);
    const stream = followOver('sse', { url: gateway.url, token: client.token }, CALLS_CHANGED);
    await stream.ended();
    expect(stream.errors).toMatchObject([{ message, extensions: { code: 'FORBIDDEN' } }]);
  });

  it('is refused by the export and by the vendors’ own requests, with an access token too', async () => {
    const { slug, client } = await given();
    const form = new URLSearchParams({
      ...{ grant_type: 'client_credentials', client_id: 'crm', client_secret: client.token },
    });
    const tokenFor = () => fetched('/Token', { method: 'POST', body: form });
    const { access_token: access } = JSON.parse((await tokenFor()).text);
    await service.suspend(slug);
    const authorization = `Bearer ${client.token}`;
    for (const [path, init] of [
      ['/export/calls.csv', { headers: { authorization } }],
      ['/api/v1/calls', { headers: { authorization } }],
      ['/api/v1/calls', { headers: { authorization: `Bearer ${access}` } }],
    ] as const) {
      const { status, text } = await fetched(path, init);
      expect({ path, status }).toEqual({ path, status: 403 });
      expect(text).toContain('suspended');
    }
    expect((await tokenFor()).status).toBe(403);
  });

  it('has no audio played, by a token or a signed URL', async () => {
    const { slug, client } = await given();
    const burki = await openBurki();
    onTestFinished(() => burki.close());
    await givenAccount(client, { system: 'BURKI', url: burki.url, sends: false });
    const recorded = await givenAtBurki(burki, client);
    expect((await heard(recorded.url)).status).toBe(200);
    await service.suspend(slug);
    expect(refusalOf(await heard(recorded.url)).status).toBe(404);
    const authorization = `Bearer ${client.token}`;
    const refused = await listen(plainUrl(gateway, recorded.id), { authorization });
    expect(refusalOf(refused)).toEqual({ status: 403, code: 'FORBIDDEN' });
  });

  it('keeps what vendors send it, and processes that when it is resumed', async () => {
    const { slug, client } = await given();
    const hook = hookOf(await givenAccount(client, { system: 'BURKI', url: 'http://127.0.0.1:1' }));
    await service.suspend(slug);
    await deliver(gateway, hook.url, { nothing: 'known' });
    const due = await gateway.database.db.execute(
      sql`select from claim_messages(${randomUUID()}, interval '1 minute', 8, 100)`,
    );
    expect(due).toHaveLength(0);
    await service.resume(slug);
    await processed(client, ['UNRECOGNISED']);
    expect(await readMessages(client)).toHaveLength(1);
  });

  it('has no delivery sent, and no import or list of updates read', async () => {
    // Its own workers would take what there is.
    const idle = await openTestGateway({ vendors: false });
    onTestFinished(() => idle.close());
    const service = new OrganizationsService(idle.database);
    const [slug, { database }] = ['idle', idle];
    const client = await idle.client({ organization: slug });
    const { id } = await givenAccount(client, { system: 'VCITA', url: 'http://127.0.0.1:1' });
    const account = uuidIn(id);
    const sender = await givenSender(database, client);
    const delivery = await givenDelivery(database, sender, (await givenCall(client)).id);
    await database.db.execute(
      sql`update deliveries set state = 'PENDING', attempts = 0, next_attempt_at = now() where id = ${uuidIn(delivery)}`,
    );
    await service.suspend(slug);
    const running = uuidIn(await givenImport(database, id));
    await database.db.execute(sql`update call_imports set next_attempt_at = now() where id = ${running}`);
    await database.db.execute(sql`update vendor_accounts set updates_due_at = now() where id = ${account}`);
    const [{ organizationId = '' } = {}] = await database.db.execute<{ organizationId: string }>(
      sql`select organization_id as "organizationId" from vendor_accounts where id = ${account}`,
    );
    const own = { organizationId, id: running };
    const taken = async () => ({
      imports: (await claimImports(database.db, randomUUID(), 45, 100)).map((row) => row.id),
      own: (await claimImport(database.db, own, randomUUID(), 45)).map((row) => row.id),
      deliveries: (await claimed(database, sender)).map((row) => row.id),
      updates: (await claimUpdates(database.db, 45, 100)).map((row) => row.id),
    });
    expect(await taken()).toEqual({ imports: [], own: [], deliveries: [], updates: [] });
    await service.resume(slug);
    const rest = await taken();
    expect(rest.imports).toEqual([running]);
    expect(rest.updates).toEqual([account]);
    expect(rest.deliveries).toContain(delivery);
  });
});

it('there is nothing to suspend or resume of an organization that is not there', async () => {
  expect(await service.suspend('nowhere')).toBe(false);
  expect(await service.resume('nowhere')).toBe(false);
});

it('calls written before are there after it was resumed', async () => {
  const { slug, client } = await given();
  const { id } = await givenCall(client);
  await service.suspend(slug);
  await service.resume(slug);
  expect((await client.ask('query ($id: ID!) { call(id: $id) { id } }', { id })).call).toEqual({ id });
});
