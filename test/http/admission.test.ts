import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { request } from 'undici';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newAccount } from '../../src/db/account.js';
import { uuidOf } from '../../src/graphql/ids.js';
import { Askers } from '../../src/http/askers.js';
import type { Viewer } from '../../src/identity/viewer.js';
import { givenCall } from '../support/documents.js';
import { type Answer, type Client, openTestGateway, type TestGateway } from '../support/gateway.js';

/** A key holds two places of four beside others. */
const LIMITS = { maxConcurrentRequests: 4, maxQueuedRequests: 6 };
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
// One whose requests have not taken long yet.
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

/** Locks the greedy client's call until the work is done: its merges take as long. */
function whileLocked(work: () => Promise<void>): Promise<void> {
  return gateway.database.transaction(async (tx) => {
    await tx.execute(sql`select from calls where id = ${uuidOf('call', call)} for update`);
    await work();
  });
}

describe('a key whose requests take long', () => {
  it('holds half of the places, and keeps nobody waiting', async () => {
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
      // Two more of its own wait for the places that two hold: the greedy ones give way.
      const others = await Promise.all(Array.from({ length: 4 }, () => ask(modest)));
      expect(others.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    });
    const statuses = (await Promise.all(merges)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(6);
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

describe('who asks', () => {
  const holder = (organization: string, keyId: string): Viewer => ({
    organization: { id: organization, slug: organization, name: organization },
    keyId,
    kind: 'APP',
    name: 'test',
    staffUid: null,
    scopes: [],
    account: newAccount(organization, keyId),
  });

  it('is a stranger by the network address until it has signed in', () => {
    const askers = new Askers();
    const arrive = (authorization?: string) => askers.arrivalOf(authorization, '192.0.2.1');
    expect(arrive()).toMatchObject({ key: '192.0.2.1' });
    const { organization } = arrive();
    for (let time = 0; time < 5; time += 1)
      expect(arrive(`Bearer ${randomUUID()}`)).toMatchObject({ organization, key: '192.0.2.1' });
    askers.identify(arrive('Bearer good'), holder('acme', 'key-1'));
    expect(arrive('Bearer good')).toMatchObject({ organization: 'acme', key: 'key-1' });
    expect(arrive('Bearer goof')).toMatchObject({ organization, key: '192.0.2.1' });
    askers.identify(arrive('Bearer good'), null);
    expect(arrive('Bearer good')).toMatchObject({ organization, key: '192.0.2.1' });
  });

  it('is remembered without the token', () => {
    const askers = new Askers();
    const arrival = askers.arrivalOf('Bearer secret-token');
    askers.identify(arrival, holder('acme', 'key-1'));
    expect(JSON.stringify(arrival)).not.toContain('secret');
    expect(arrival.name).toMatch(/^[\w+/=]{44}$/);
  });

  it('is remembered as long as 10,000 others are', () => {
    const askers = new Askers();
    for (let key = 0; key <= 10_000; key += 1)
      askers.identify(askers.arrivalOf(`Bearer ${key}`), holder('acme', `${key}`));
    expect(askers.arrivalOf('Bearer 0').key).toBe('unknown');
    expect(askers.arrivalOf('Bearer 1').key).toBe('1');
    expect(askers.arrivalOf('Bearer 10000').key).toBe('10000');
  });
});
