import { createHash } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newUuid } from '../../../src/foundation/new-id.js';
import { uuidIn } from '../../support/events.js';
import { type Client, openGatewayOn, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { givenMessage } from '../../support/messages.js';
import { deleteAccount, readAccount, updateAccount } from '../../support/vendors/accounts.js';
import {
  callBy,
  deliver,
  givenHook,
  type Hook,
  hookOf,
  PUBLIC_URL,
  post,
  processed,
  readMessages,
  replayMessages,
  signed,
} from './hooks.js';

const KEY = 'key of bird';
const MEMBERS = { signingKey: KEY };

let gateway: TestGateway;
let client: Client;
let hook: Hook;

beforeAll(async () => {
  gateway = await openTestGateway({ publicUrl: PUBLIC_URL }, 'debug');
});
beforeEach(async () => {
  client = await gateway.client();
  hook = await givenHook(gateway, client, { system: 'BIRD', members: MEMBERS });
});
afterAll(() => gateway.close());

const messageOf = (id: string) =>
  JSON.stringify({ event: 'voice.inbound', payload: { id, status: 'ringing' } });
const sendTo = async (url: string, id = newUuid(), signedAs = url) => {
  const body = messageOf(id);
  await deliver(gateway, url, body, { headers: signed(signedAs, body, KEY) });
  return id;
};
const setMessages = (set: string) =>
  gateway.database.db.execute(sql`
    update inbound_messages set ${sql.raw(set)} where account_id = ${uuidIn(hook.account.id)}`);

describe('the URL of a webhook', () => {
  it('has a token of 160 bits, below PUBLIC_URL and the system', () => {
    expect(hook.url).toMatch(/^https:\/\/hooks\.example\.com\/hooks\/bird\/[\w-]{27}$/);
  });

  it.each<[string, (url: string) => string]>([
    ['an unknown token', (url) => url.replace(/.$/, (last) => (last === 'A' ? 'E' : 'A'))],
    ["another system's path", (url) => url.replace('/bird/', '/burki/')],
    ['no token', (url) => url.replace(/[^/]+$/, '')],
    ['a token in another case', (url) => url.replace('/bird/', '/BIRD/')],
    ['a longer token', (url) => `${url}x`],
    ['a path below', (url) => `${url}/x`],
  ])('with %s is not found', async (_, changed) => {
    expect((await post(gateway, changed(hook.url), '{}')).status).toBe(404);
    expect(await readMessages(client)).toEqual([]);
  });

  it('takes POST alone', async () => {
    expect((await post(gateway, hook.url, '{}', { method: 'PUT' })).status).toBe(404);
    expect((await post(gateway, hook.url, '{}', { method: 'GET' })).status).toBe(404);
  });

  it('is null, and not found, while the account does not receive', async () => {
    const { vendorAccount } = await updateAccount(client, hook.account.id, { receives: false });
    expect(vendorAccount.webhookUrl).toBeNull();
    expect((await post(gateway, hook.url, '{}')).status).toBe(404);
    const again = await updateAccount(client, hook.account.id, { receives: true });
    expect(again.vendorAccount.webhookUrl).toBe(hook.url);
    await sendTo(hook.url);
    await processed(client, ['APPLIED']);
  });

  it('ends with its account', async () => {
    await sendTo(hook.url);
    const [message] = await processed(client, ['APPLIED']);
    await deleteAccount(client, hook.account.id);
    expect((await post(gateway, hook.url, '{}')).status).toBe(404);
    expect(await readMessages(client)).toEqual([message]);
    const { errors } = await replayMessages(client, [message.id]);
    expect(errors).toMatchObject([{ message: expect.stringContaining('deleted') }]);
  });

  it('may be rotated: the old token is good for another day, also where it is signed', async () => {
    const rotated = hookOf(
      (await updateAccount(client, hook.account.id, { rotateWebhookToken: true })).vendorAccount,
    );
    expect(rotated.token).not.toBe(hook.token);
    expect((await readAccount(client, hook.account.id)).webhookUrl).toBe(rotated.url);
    await sendTo(hook.url);
    await sendTo(rotated.url);
    await processed(client, ['APPLIED', 'APPLIED']);
    await gateway.database.db.execute(sql`
      update vendor_accounts set old_webhook_token_until = now() where id = ${uuidIn(hook.account.id)}`);
    expect((await post(gateway, hook.url, '{}')).status).toBe(404);
    await sendTo(rotated.url);
    await processed(client, ['APPLIED', 'APPLIED', 'APPLIED']);
  });

  it('stays when other secrets change, and is drawn anew by each rotation', async () => {
    const vendor = { bird: { accessKey: 'another' } };
    expect((await updateAccount(client, hook.account.id, { vendor })).vendorAccount.webhookUrl).toBe(
      hook.url,
    );
    const urls = new Set([hook.url]);
    for (let n = 0; n < 2; n += 1) {
      urls.add(
        (await updateAccount(client, hook.account.id, { rotateWebhookToken: true })).vendorAccount.webhookUrl,
      );
    }
    expect(urls.size).toBe(3);
    expect((await post(gateway, hook.url, '{}')).status).toBe(404);
  });
});

describe('a message', () => {
  it('may have 1 MiB, of any content type, and not more', async () => {
    const most = Buffer.alloc(1_048_576, 'x');
    for (const type of ['application/json', 'text/plain', 'application/octet-stream', 'no type']) {
      const body = Buffer.concat([Buffer.from(type), most]).subarray(0, most.length);
      await deliver(gateway, hook.url, body, { headers: { 'content-type': type } });
    }
    expect((await post(gateway, hook.url, Buffer.alloc(2_097_152, 'x'))).status).toBe(413);
    expect((await post(gateway, hook.url, Buffer.alloc(1_048_577, 'x'))).status).toBe(413);
    const refused = await processed(
      client,
      Array.from({ length: 4 }, () => 'REFUSED'),
    );
    expect(refused.map(({ body }) => body.length)).toEqual(Array.from({ length: 4 }, () => most.length));
  });

  it('without a content type or a body is taken', async () => {
    const answer = await fetch(new URL(new URL(hook.url).pathname, gateway.url), { method: 'POST' });
    expect(answer.status).toBe(200);
    const [message] = await processed(client, ['REFUSED']);
    expect(message.body).toBe('');
  });

  it('that is stored when the gateway stops is applied by the next one', async () => {
    // It takes messages, and leaves what they say to others.
    const taker = await openGatewayOn(gateway.databaseUrl, { vendors: false, publicUrl: PUBLIC_URL });
    const id = newUuid();
    const body = messageOf(id);
    await deliver(taker, hook.url, body, { headers: signed(hook.url, body, KEY) });
    await taker.close();
    await processed(client, ['APPLIED']);
    expect(await callBy(client, 'BIRD', 'id', id)).toMatchObject({ status: 'RINGING' });
  });

  it('whose gateway was killed during the try is taken over', async () => {
    const id = newUuid();
    const body = messageOf(id);
    const digest = createHash('sha256').update(body).digest('hex');
    await gateway.database.db.execute(sql`
      insert into inbound_messages (organization_id, id, account_id, body, headers, query, digest, attempts, next_attempt_at,
        begun_at, claim, claimed_until, received_at)
      select organization_id, ${newUuid()}, id, ${sql`decode(${Buffer.from(body).toString('hex')}, 'hex')`},
        ${JSON.stringify(signed(hook.url, body, KEY))}::text::jsonb, '', decode(${digest}, 'hex'), 1, now(), now(),
        ${newUuid()}, now() + interval '2 seconds', now()
      from vendor_accounts where id = ${uuidIn(hook.account.id)}`);
    await processed(client, ['APPLIED']);
    expect(await callBy(client, 'BIRD', 'id', id)).toMatchObject({ status: 'RINGING' });
  });

  it('only ever writes into the organization of its token', async () => {
    const others = await gateway.client();
    const theirs = await givenHook(gateway, others, { system: 'BIRD', members: MEMBERS });
    const id = await sendTo(hook.url);
    await processed(client, ['APPLIED']);
    await sendTo(theirs.url, id);
    const [message] = await processed(others, ['APPLIED']);
    const [ours, other] = [await callBy(client, 'BIRD', 'id', id), await callBy(others, 'BIRD', 'id', id)];
    expect(ours.id).not.toBe(other.id);
    expect(ours.history.totalCount).toBe(1);
    expect(await readMessages(client)).toHaveLength(1);
    const { errors } = await replayMessages(client, [message.id]);
    expect(errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
  });

  it('names its call for the account', async () => {
    const id = await sendTo(hook.url);
    await processed(client, ['APPLIED']);
    const rows = await gateway.database.db.execute(sql`
      select account_id::text from call_references where system = 'BIRD' and value = ${id}`);
    expect([...rows]).toEqual([{ account_id: uuidIn(hook.account.id) }]);
  });

  it('is counted and logged; the token is in no line, no metric and no row', async () => {
    const id = await sendTo(`${hook.url}?secret=query`);
    const [message] = await processed(client, ['APPLIED']);
    await post(gateway, `${hook.url}x`, '{}');
    await post(gateway, hook.url, Buffer.alloc(2_097_152));
    const line = await expect
      .poll(() =>
        gateway.log.find((each) => each.includes('"inbound message"') && each.includes(hook.account.name)),
      )
      .toBeDefined()
      .then(() =>
        gateway.log.find((each) => each.includes('"inbound message"') && each.includes(hook.account.name)),
      );
    expect(JSON.parse(line ?? '')).toMatchObject({
      ...{ message: uuidIn(message.id), call: uuidIn(message.call.id), system: 'BIRD', state: 'APPLIED' },
      ...{ verified: true, attempt: 1, account: hook.account.name },
    });
    const figures = async () => (await fetch(new URL('/metrics', gateway.url))).text();
    const pending = async () =>
      Number(/switchboard_inbound_pending\{system="BIRD"\} (\d+)/.exec(await figures())?.[1]);
    const before = await pending();
    const waiting = await givenMessage(gateway.database, hook.account.id, '{"it":"waits"}');
    await gateway.database.db.execute(
      sql`update inbound_messages set next_attempt_at = now() + interval '1 hour' where id = ${uuidIn(waiting)}`,
    );
    expect((await pending()) - before).toBe(1);
    const metrics = await figures();
    expect(metrics).toMatch(/switchboard_inbound_total\{system="BIRD",state="APPLIED"\} [1-9]/);
    const requests = gateway.log.filter((each) => each.includes('/hooks/:system/:token'));
    expect(requests.length).toBeGreaterThan(0);
    const rows = await gateway.database.db.execute(
      sql`select to_jsonb(m)::text as row from inbound_messages m`,
    );
    for (const text of [...gateway.log, metrics, ...rows.map(({ row }) => String(row))]) {
      expect(text).not.toContain(hook.token);
    }
    expect(await callBy(client, 'BIRD', 'id', id)).not.toBeNull();
  });
});

describe('what is kept', () => {
  it('of messages that are refused: the newest 100', async () => {
    for (let n = 0; n < 103; n += 1) await deliver(gateway, hook.url, String(n));
    await expect
      .poll(
        async () => (await readMessages(client)).map(({ body }) => Number(body)).toSorted((a, b) => a - b),
        {
          timeout: 60_000,
        },
      )
      .toEqual(Array.from({ length: 100 }, (_, n) => n + 3));
  });

  it('of messages that wait: 10,000, and then the vendor is asked to come again', async () => {
    await gateway.database.db.execute(sql`
      insert into inbound_messages (organization_id, id, account_id, body, headers, query, digest, next_attempt_at, begun_at, received_at)
      select a.organization_id, gen_random_uuid(), a.id, '', '{}', '', sha256(n::text::bytea), now() + interval '1 day', now(), now()
      from vendor_accounts a, generate_series(1, 10000) n where a.id = ${uuidIn(hook.account.id)}`);
    const body = messageOf(newUuid());
    const full = await post(gateway, hook.url, body);
    expect(full).toMatchObject({ status: 503, headers: { 'retry-after': expect.stringMatching(/^\d+$/) } });
    await gateway.database.db.execute(sql`
      delete from inbound_messages where account_id = ${uuidIn(hook.account.id)} and digest = sha256('1'::bytea)`);
    await deliver(gateway, hook.url, body);
    await gateway.database.db.execute(
      sql`delete from inbound_messages where account_id = ${uuidIn(hook.account.id)}`,
    );
  });

  it('of a body: 30 days; then it cannot be replayed', async () => {
    await sendTo(hook.url);
    const [message] = await processed(client, ['APPLIED']);
    await setMessages('body = null');
    expect(await readMessages(client)).toEqual([{ ...message, body: null }]);
    const { errors } = await replayMessages(client, [message.id]);
    expect(errors).toMatchObject([
      { extensions: { code: 'BAD_USER_INPUT' }, message: expect.stringContaining('body') },
    ]);
  });
});

describe('inboundMessages', () => {
  it('filters by state, account and time', async () => {
    const other = await givenHook(gateway, client, { system: 'BIRD', members: MEMBERS });
    await sendTo(hook.url);
    await deliver(gateway, other.url, '{}');
    const [one, two] = await processed(client, ['APPLIED', 'REFUSED']);
    const { receivedAt } = one;
    expect(await readMessages(client, { state: ['APPLIED', 'FAILED'] })).toEqual([one]);
    expect(await readMessages(client, { account: other.account.id })).toEqual([two]);
    expect(await readMessages(client, { receivedAt: { from: receivedAt } })).toEqual([two, one]);
    expect(await readMessages(client, { receivedAt: { to: receivedAt } })).toEqual([]);
    expect(await readMessages(client, { state: [] })).toEqual([]);
  });

  it('of replay refuses what is no id of a message, and more than 500', async () => {
    const codes = async (ids: string[]) => (await replayMessages(client, ids)).errors?.[0]?.extensions.code;
    expect(await codes([hook.account.id])).toBe('BAD_USER_INPUT');
    expect(await codes(Array.from({ length: 501 }, () => hook.account.id))).toBe('BAD_USER_INPUT');
  });
});

it('without accounts, a gateway makes no statement for webhooks', async () => {
  const quiet = await openTestGateway();
  const ownClient = await quiet.client();
  quiet.takeStatements();
  await ownClient.ask('{ calls { totalCount } }');
  expect(quiet.takeStatements().filter((each) => /inbound|vendor/.test(each))).toEqual([]);
  await quiet.close();
});
