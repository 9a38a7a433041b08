import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { request } from 'undici';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newAccount } from '../../src/db/connection/account.js';
import { uuidOf } from '../../src/graphql/ids.js';
import { KnownClients } from '../../src/http/known-clients.js';
import { Sender } from '../../src/http/sender.js';
import type { Viewer } from '../../src/identity/viewer.js';
import { givenCall } from '../support/documents.js';
import { type Answer, type Client, openTestGateway, type TestGateway } from '../support/gateway.js';

/** A key may hold two slots of eight beside others. */
const LIMITS = { maxConcurrentRequests: 8, maxQueuedRequests: 6 };
const MERGE = `mutation ($id: ID!) {
  mergeCallMetadata(call: { id: $id }, metadata: { a: 1 }) { call { id } errors { code } }
}`;

let gateway: TestGateway;
let greedy: Client;
let modest: Client;
let call: string;
beforeAll(async () => {
  gateway = await openTestGateway(LIMITS);
  modest = await gateway.client({ organization: 'modest' });
});
beforeEach(async () => {
  greedy = await gateway.client({ organization: 'greedy' });
  call = (await givenCall(greedy)).id;
});
afterAll(() => gateway.close());

async function requests(): Promise<{ executing: number; queued: number }> {
  const { body } = await request(new URL('/metrics', gateway.url));
  const text = await body.text();
  const numberOf = (name: string) =>
    Number(new RegExp(`^switchboard_requests_${name} (\\d+)$`, 'm').exec(text)?.[1]);
  return { executing: numberOf('executing'), queued: numberOf('queued') };
}

const ask = (client: Client) => client.send('{ viewer { name } }');

/** Locks the greedy client's call until the work is done, so that its merges take as long. */
function whileLocked(work: () => Promise<void>): Promise<void> {
  return gateway.database.transaction(async (tx) => {
    await tx.execute(sql`select from calls where id = ${uuidOf('call', call)} for update`);
    await work();
  });
}

describe('a key whose requests take long', () => {
  it('holds a quarter of the slots, and delays no other', async () => {
    await ask(modest);
    let merges: Promise<Answer>[] = [];
    await whileLocked(async () => {
      merges = Array.from({ length: 5 }, () => greedy.send(MERGE, { id: call }));
      await expect.poll(requests).toEqual({ executing: 2, queued: 3 });
      expect(await Promise.all([ask(modest), ask(modest)])).toMatchObject([{ status: 200 }, { status: 200 }]);
      expect(await requests()).toEqual({ executing: 2, queued: 3 });
    });
    for (const answer of await Promise.all(merges)) expect(answer.status).toBe(200);
    expect(await requests()).toEqual({ executing: 0, queued: 0 });
  });

  it('is refused when it has filled the queue, and others are not', async () => {
    await ask(modest);
    let merges: Promise<Answer>[] = [];
    await whileLocked(async () => {
      merges = Array.from({ length: 12 }, () => greedy.send(MERGE, { id: call }));
      await expect.poll(requests).toEqual({ executing: 2, queued: 6 });
      expect(await ask(greedy)).toMatchObject({
        status: 503,
        errors: [{ extensions: { code: 'OVERLOADED' } }],
      });
      expect((await ask(modest)).status).toBe(200);
      // Two more of its own wait for the slots that two hold: the greedy ones are displaced.
      const others = await Promise.all(Array.from({ length: 4 }, () => ask(modest)));
      expect(others.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    });
    const statuses = (await Promise.all(merges)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(4);
    expect(new Set(statuses)).toEqual(new Set([200, 503]));
  });

  it('waits no longer than its client does', async () => {
    await ask(modest);
    const hangUp = new AbortController();
    const merges: Promise<unknown>[] = [];
    await whileLocked(async () => {
      for (let time = 0; time < 2; time += 1) merges.push(greedy.send(MERGE, { id: call }));
      await expect.poll(requests).toEqual({ executing: 2, queued: 0 });
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${greedy.token}` };
      const body = JSON.stringify({ query: '{ viewer { name } }' });
      const gone = request(gateway.url, { method: 'POST', headers, body, signal: hangUp.signal }).catch(
        () => 'gone',
      );
      await expect.poll(requests).toEqual({ executing: 2, queued: 1 });
      hangUp.abort();
      expect(await gone).toBe('gone');
      await expect.poll(requests).toEqual({ executing: 2, queued: 0 });
    });
    await Promise.all(merges);
  });
});

describe('a client', () => {
  const holder = (organization: string, keyId: string): Viewer => ({
    organization: { id: organization, slug: organization, name: organization },
    keyId,
    kind: 'APP',
    name: 'test',
    staffUid: null,
    scopes: [],
    account: newAccount(organization, keyId),
  });

  it('is unknown, and identified by its network address, until it has signed in', () => {
    const clients = new KnownClients();
    const sender = (authorization?: string) => new Sender(authorization, '192.0.2.1');
    const clientOf = (authorization?: string) => clients.clientOf(sender(authorization));
    expect(clientOf()).toMatchObject({ key: '192.0.2.1' });
    const { organization } = clientOf();
    for (let time = 0; time < 5; time += 1)
      expect(clientOf(`Bearer ${randomUUID()}`)).toMatchObject({ organization, key: '192.0.2.1' });
    clients.identify(sender('Bearer good'), holder('acme', 'key-1'));
    expect(clientOf('Bearer good')).toMatchObject({ organization: 'acme', key: 'key-1' });
    expect(clientOf('Bearer goof')).toMatchObject({ organization, key: '192.0.2.1' });
    clients.identify(sender('Bearer good'), null);
    expect(clientOf('Bearer good')).toMatchObject({ organization, key: '192.0.2.1' });
  });

  it('is remembered without the token', () => {
    const clients = new KnownClients();
    const sender = new Sender('Bearer secret-token');
    clients.identify(sender, holder('acme', 'key-1'));
    expect(JSON.stringify(clients.clientOf(sender))).not.toContain('secret');
    expect(sender.token?.hash).toMatch(/^[\da-f]{64}$/);
  });

  it('is remembered as long as 10,000 others are', () => {
    const clients = new KnownClients();
    for (let key = 0; key <= 10_000; key += 1)
      clients.identify(new Sender(`Bearer ${key}`), holder('acme', `${key}`));
    expect(clients.clientOf(new Sender('Bearer 0')).key).toBe('unknown');
    expect(clients.clientOf(new Sender('Bearer 1')).key).toBe('1');
    expect(clients.clientOf(new Sender('Bearer 10000')).key).toBe('10000');
  });
});
