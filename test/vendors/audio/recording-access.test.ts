import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { sql } from 'drizzle-orm';
import { fromUUID } from 'typeid-js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RecordingUrls } from '../../../src/vendors/audio/recording-urls.js';
import { uuidIn } from '../../support/events.js';
import {
  type Client,
  openGatewayOn,
  openTestGateway,
  TEST_SECRETS_KEYS,
  type TestGateway,
} from '../../support/gateway.js';
import { deleteAccount, givenAccount, updateAccount } from '../../support/vendors/accounts.js';
import { type FakeBurki, openBurki } from '../../support/vendors/burki.js';
import { BYTES, givenAtBurki, givenRecording, heard, plainUrl, refusalOf, urlOf } from './listening.js';

let gateway: TestGateway;
let client: Client;
let burki: FakeBurki;
beforeAll(async () => {
  gateway = await openTestGateway({}, 'trace');
  burki = await openBurki();
});
beforeEach(async () => {
  client = await gateway.client();
});
afterEach(() => {
  expect(burki.violations).toEqual([]);
  burki.behave({});
  burki.release();
  burki.requests.length = 0;
});
afterAll(async () => {
  await gateway.close();
  await burki.close();
});

const connected = () => givenAccount(client, { system: 'BURKI', url: burki.url, sends: false });

describe('a URL', () => {
  it('is null without an account that can fetch it', async () => {
    expect((await givenAtBurki(burki, client)).url).toBeNull();
    await givenAccount(client, { system: 'VCITA', url: 'http://127.0.0.1:1', sends: false });
    const noUid = { references: [{ system: 'VCITA', name: 'sourceId', value: randomUUID() }] };
    expect((await givenRecording(client, noUid, { system: 'VCITA', vendorId: randomUUID() })).url).toBeNull();
    const other = { references: [{ system: 'OTHER', name: 'x', value: randomUUID() }] };
    expect((await givenRecording(client, other, { system: 'OTHER', vendorId: randomUUID() })).url).toBeNull();
  });

  it('is null, and its audio 404, while the account is paused, and once it is deleted', async () => {
    const { id } = await connected();
    const recorded = await givenAtBurki(burki, client);
    expect(recorded.url).not.toBeNull();
    await updateAccount(client, id, { paused: true });
    expect(await urlOf(client, recorded.id)).toBeNull();
    expect(refusalOf(await heard(recorded.url)).status).toBe(404);
    await updateAccount(client, id, { paused: false });
    expect(await urlOf(client, recorded.id)).not.toBeNull();
    await deleteAccount(client, id);
    expect(await urlOf(client, recorded.id)).toBeNull();
    expect(refusalOf(await heard(recorded.url)).status).toBe(404);
    expect(burki.requests.filter(({ operation }) => operation === 'play')).toEqual([]);
  });

  it('is null where two accounts may have the call, until one of them has named it', async () => {
    const [first] = [await connected(), await connected()];
    const { id, call } = await givenAtBurki(burki, client);
    expect(await urlOf(client, id)).toBeNull();
    await gateway.database.db.execute(
      sql`update call_references set account_id = ${uuidIn(first.id)} where call_id = ${uuidIn(call)}`,
    );
    expect(await urlOf(client, id)).not.toBeNull();
  });

  it('is null on a gateway without the key of the account’s secrets, and begins with PUBLIC_URL', async () => {
    await connected();
    const { id } = await givenAtBurki(burki, client);
    const others = [
      await openGatewayOn(gateway.databaseUrl, { secretsKeys: undefined }),
      await openGatewayOn(gateway.databaseUrl, { publicUrl: 'https://calls.example.com/desk' }),
    ] as const;
    const [keyless, named] = await Promise.all(others.map((each) => urlAt(each, id)));
    await Promise.all(others.map((each) => each.close()));
    expect(keyless).toBeNull();
    expect(named).toMatch(new RegExp(`^https://calls\\.example\\.com/desk/recordings/${id}\\?expires=`));
  });

  const urlAt = async (at: TestGateway, id: string) => {
    const answer = await fetch(at.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${client.token}` },
      body: JSON.stringify({ query: `{ node(id: "${id}") { ... on CallRecording { url } } }` }),
    });
    return ((await answer.json()) as { data: { node: { url: string | null } } }).data.node.url;
  };

  it('of all recordings of a page takes one statement', async () => {
    await connected();
    for (let index = 0; index < 5; index += 1) await givenAtBurki(burki, client);
    gateway.takeStatements();
    const { calls } = await client.ask('{ calls(first: 5) { nodes { recordings { url } } } }');
    expect(
      calls.nodes.map(({ recordings }: { recordings: { url: string }[] }) => recordings[0]?.url),
    ).not.toContain(null);
    expect(gateway.takeStatements().filter((each) => !each.includes('api_keys'))).toHaveLength(3);
  });
});

describe('who has no signed URL', () => {
  beforeEach(connected);
  const bearer = ({ token }: Client) => ({ authorization: `Bearer ${token}` });

  it('needs a token with CALLS_READ, of the organization', async () => {
    const { id } = await givenAtBurki(burki, client);
    const url = plainUrl(gateway, id);
    expect((await heard(url, bearer(client))).bytes.equals(BYTES)).toBe(true);
    expect(refusalOf(await heard(url))).toEqual({ status: 401, code: 'UNAUTHENTICATED' });
    expect(refusalOf(await heard(url, { authorization: 'Bearer sb_wrong' }))).toEqual({
      status: 401,
      code: 'UNAUTHENTICATED',
    });
    const stranger = await gateway.client();
    expect(refusalOf(await heard(url, bearer(stranger)))).toEqual({ status: 404, code: 'NOT_FOUND' });
    const unknown = plainUrl(gateway, fromUUID(randomUUID(), 'call_recording'));
    expect(await heard(url, bearer(stranger)).then(refusalOf)).toEqual(
      await heard(unknown, bearer(stranger)).then(refusalOf),
    );
    for (const malformed of ['nonsense', id.replace('call_recording', 'call')]) {
      expect(refusalOf(await heard(plainUrl(gateway, malformed), bearer(client))).status).toBe(404);
    }
  });

  it('and changes one in any place is refused, and so is who comes too late', async () => {
    const { id, url } = await givenAtBurki(burki, client);
    const other = await givenAtBurki(burki, client);
    const [signed, another] = [new URL(url ?? ''), new URL(other.url ?? '')];
    const changed = (change: (url: URL) => void) => {
      const next = new URL(signed);
      change(next);
      return next.href;
    };
    const signature = signed.searchParams.get('signature') ?? '';
    const wrong = [
      changed(({ searchParams }) =>
        searchParams.set('expires', String(Number(searchParams.get('expires')) + 1)),
      ),
      changed(({ searchParams }) => searchParams.delete('expires')),
      changed(({ searchParams }) => searchParams.set('signature', '')),
      changed(({ searchParams }) => searchParams.set('signature', signature.slice(0, -2))),
      changed(({ searchParams }) =>
        searchParams.set('signature', `${signature[0] === 'A' ? 'B' : 'A'}${signature.slice(1)}`),
      ),
      changed(({ searchParams }) => searchParams.append('signature', signature)),
      changed((next) => {
        next.pathname = another.pathname;
      }),
    ];
    for (const each of wrong)
      expect(refusalOf(await heard(each))).toEqual({ status: 403, code: 'FORBIDDEN' });
    const { viewer } = await client.ask('{ viewer { organization { id } } }');
    const query = new RecordingUrls(TEST_SECRETS_KEYS).sign(
      uuidIn(viewer.organization.id),
      uuidIn(id),
      Date.now() - 3_601_000,
    );
    expect(refusalOf(await heard(`${plainUrl(gateway, id)}?${query}`))).toEqual({
      status: 403,
      code: 'FORBIDDEN',
    });
    expect(burki.requests).toEqual([]);
  });

  it('finds no signature in the log', async () => {
    const { url } = await givenAtBurki(burki, client);
    await heard(url);
    await heard(`${url}x`);
    burki.behave({ away: true });
    await heard(url);
    const log = gateway.log.join('\n');
    expect(log).toContain('"route":"/recordings/:id"');
    expect(log).not.toContain(new URL(url ?? '').searchParams.get('signature'));
    expect(log).not.toContain('burki-key');
  });
});

describe('many listeners', () => {
  beforeEach(connected);

  it('of one organization are refused beyond a hundred, and another’s are not', async () => {
    const { url } = await givenAtBurki(burki, client);
    burki.behave({ hang: ({ operation }) => operation === 'play' });
    const leaving = new AbortController();
    const hanging = Array.from({ length: 100 }, () =>
      fetch(url ?? '', { signal: leaving.signal }).catch(() => null),
    );
    await expect.poll(() => burki.requests.filter(({ operation }) => operation === 'play')).toHaveLength(100);
    const refused = await heard(url);
    expect(refusalOf(refused)).toEqual({ status: 503, code: 'OVERLOADED' });
    expect(refused.headers['retry-after']).toBeDefined();
    client = await gateway.client();
    await connected();
    const other = await givenAtBurki(burki, client);
    burki.behave({});
    expect((await heard(other.url)).status).toBe(200);
    leaving.abort();
    await Promise.all(hanging);
    await expect.poll(async () => (await heard(url)).status).toBe(200);
  });

  it('who may not listen take no place from those who may', async () => {
    const { id, url } = await givenAtBurki(burki, client);
    const forged = `${url?.slice(0, -4)}AAAA`;
    const other = plainUrl(gateway, fromUUID(randomUUID(), 'call_recording'));
    const refused: [string, Record<string, string>, number][] = [
      [forged, {}, 403],
      [plainUrl(gateway, id), {}, 401],
      [plainUrl(gateway, id), { authorization: 'Bearer sb_wrong' }, 401],
      [other, { authorization: `Bearer ${client.token}` }, 404],
    ];
    for (const [address, headers, status] of refused) {
      // In parts: a recording that is not there takes a place until that is known.
      for (let asked = 0; asked < 120; asked += 40) {
        const answers = await Promise.all(
          Array.from({ length: 40 }, () => fetch(address, { headers }).then((answer) => answer.status)),
        );
        expect(new Set(answers)).toEqual(new Set([status]));
      }
    }
    await expectRoom(url);
  });

  it('who leave while they are signed in take no place', async () => {
    const { id, url } = await givenAtBurki(burki, client);
    const headers = { authorization: `Bearer ${client.token}` };
    await gateway.database.transaction(async (tx) => {
      await tx.execute('lock table api_keys in access exclusive mode');
      const leaving = new AbortController();
      const asked = Array.from({ length: 110 }, () =>
        fetch(plainUrl(gateway, id), { headers, signal: leaving.signal }).catch(() => null),
      );
      await expect
        .poll(() =>
          tx.execute(
            "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
          ),
        )
        .not.toHaveLength(0);
      leaving.abort();
      await Promise.all(asked);
    });
    await expectRoom(url);
    expect(burki.requests.filter(({ operation }) => operation === 'play')).toHaveLength(100);
  });

  /** For a hundred at a time, of one organization. */
  async function expectRoom(url: string | null): Promise<void> {
    burki.behave({ hang: ({ operation }) => operation === 'play' });
    const hanging = Array.from({ length: 100 }, () => fetch(url ?? ''));
    await expect.poll(() => burki.requests.filter(({ operation }) => operation === 'play')).toHaveLength(100);
    burki.behave({});
    burki.release();
    for (const answer of await Promise.all(hanging)) {
      expect(answer.status).toBe(200);
      await answer.arrayBuffer();
    }
  }

  it('do not hold up the gateway’s end', async () => {
    const own = await openTestGateway();
    client = await own.client();
    await connected();
    const endless = () =>
      new Readable({
        read() {
          this.push(Buffer.alloc(65_536));
        },
      });
    const { url } = await givenAtBurki(burki, client, { stream: endless });
    const answer = await fetch(url ?? '');
    const reader = answer.body?.getReader() ?? expect.fail('there is no body');
    await reader.read();
    const seen = burki.requests.at(-1) ?? expect.fail();
    await own.close();
    await expect.poll(() => seen.isAbandoned).toBe(true);
    await reader.cancel().catch(() => {});
  });
});
