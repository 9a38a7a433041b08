import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { newAccount } from '../../../src/db/connection/account.js';
import { MOST_BYTES, MOST_DOCUMENTS } from '../../../src/persisted-operations/persisted-operation.queries.js';
import { PersistedOperationService } from '../../../src/persisted-operations/persisted-operation.service.js';
import { wsClient } from '../../live/followers.js';
import { openLiveClient } from '../../live/transports.js';
import { givenCall } from '../../support/documents.js';
import { type Client, openGatewayOn, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { codeOf, get, hashed, post, sha256 } from './persisted.js';

let gateway: TestGateway;
/** On the same database. */
let other: TestGateway;
let client: Client;

beforeAll(async () => {
  gateway = await openTestGateway({ persistedOperations: 'auto', graphqlMaxDepth: 12 });
  other = await openGatewayOn(gateway.databaseUrl, { persistedOperations: 'auto', graphqlMaxDepth: 3 });
  client = await gateway.client();
});
afterAll(async () => {
  await other.close();
  await gateway.close();
});

let documents = 0;
/** No other test has sent it. */
const newDocument = (selection = '__typename') => {
  documents += 1;
  return `query Document${documents} { viewer { ${selection} } }`;
};

const stored = async (document: string) => {
  const rows = await gateway.database.db.execute<{ organization: string }>(
    sql`select organization_id as organization from persisted_operations where hash = decode(${sha256(document)}, 'hex')`,
  );
  return rows.map(({ organization }) => organization);
};
const untilStored = (document: string) => expect.poll(() => stored(document)).toHaveLength(1);

/** Both gateways, from their first document on. */
const untilListening = () =>
  expect
    .poll(async () => {
      const [row] = await gateway.database.db.execute<{ count: number }>(sql`
        select count(*)::int as count from pg_stat_activity
        where datname = current_database() and application_name = 'switchboard listens' and state = 'idle'
          -- What it says after that is a ping.
          and (query like 'listen %' or query = 'select 1')`);
      return row?.count;
    })
    .toBeGreaterThanOrEqual(2);

async function given(document: string, by = client): Promise<void> {
  const answer = await post(gateway, by.token, { query: document, extensions: hashed(document) });
  expect(answer.errors).toBeUndefined();
}

describe('a document by its hash', () => {
  it('is asked for once, then found in memory, and by another gateway in the database', async () => {
    const call = await givenCall(client);
    const query = 'query One($id: ID!) { call(id: $id) { id status } }';
    const variables = { id: call.id };
    const asked = { variables, extensions: hashed(query) };
    const first = await post(gateway, client.token, asked);
    expect(first).toMatchObject({ status: 200, errors: [{ message: 'PersistedQueryNotFound' }] });
    expect(codeOf(first)).toBe('PERSISTED_QUERY_NOT_FOUND');
    const whole = await post(gateway, client.token, { ...asked, query });
    expect(whole.data).toEqual({ call: { id: call.id, status: call.status } });
    gateway.takeStatements();
    // At the second request the query is compiled, at the third it runs compiled.
    for (let time = 1; time <= 3; time += 1) {
      const { status, data, extensions } = (await post(gateway, client.token, asked)) as never;
      expect({ status, data, extensions }).toEqual({
        status: 200,
        data: whole.data,
        extensions: { cost: expect.objectContaining({ requested: 2 }) },
      });
    }
    expect(gateway.takeStatements().filter((each) => /^select .*persisted_operations/.test(each))).toEqual(
      [],
    );
    await untilStored(query);
    const { data } = await post(other, client.token, asked);
    expect(data).toEqual(whole.data);
  });

  it('is the same operation as its text: both answers are equal byte by byte', async () => {
    const document = newDocument('organization { slug } scopes');
    await given(document);
    const byHash = await post(gateway, client.token, { extensions: hashed(document) });
    const byText = await post(gateway, client.token, { query: document });
    const withoutBudget = (text: string) => text.replace(/"remaining":[\d.]+/, '');
    expect(withoutBudget(byHash.text)).toBe(withoutBudget(byText.text));
  });

  it('may be sent by GET, privately', async () => {
    const document = newDocument();
    await given(document);
    const answer = await get(gateway, client.token, { extensions: hashed(document) });
    expect(answer.data).toEqual({ viewer: { __typename: 'Viewer' } });
    expect(answer.headers['cache-control']).toBe('no-store');
    const missed = await get(gateway, client.token, { extensions: hashed(newDocument()) });
    expect(missed.headers['cache-control']).toBe('no-store');
  });

  it('by GET needs proof that no page of another origin has sent it', async () => {
    const document = newDocument();
    await given(document);
    const answer = await get(gateway, null, { extensions: hashed(document) }, {});
    expect(answer).toMatchObject({ status: 400, errors: [{ message: /Cross-Site Request Forgery/ }] });
  });

  it('may be a mutation, but not by GET', async () => {
    const call = await givenCall(client);
    const query = `mutation M($call: CallLocator!) { mergeCallMetadata(call: $call, metadata: { a: 1 }) { call { metadata } } }`;
    const asked = { variables: { call: { id: call.id } }, extensions: hashed(query) };
    await post(gateway, client.token, { ...asked, query });
    const { data } = await post(gateway, client.token, asked);
    expect(data.mergeCallMetadata.call.metadata).toMatchObject({ a: 1 });
    expect((await get(gateway, client.token, asked)).status).toBe(405);
  });

  it.each(['sha256:', ''])('may be named by documentId "%s…", by POST and by GET', async (prefix) => {
    const document = newDocument();
    const documentId = `${prefix}${sha256(document)}`;
    expect(codeOf(await post(gateway, client.token, { documentId }))).toBe('PERSISTED_QUERY_NOT_FOUND');
    await post(gateway, client.token, { documentId, query: document });
    for (const answer of [
      await post(gateway, client.token, { documentId }),
      await get(gateway, client.token, { documentId }),
    ])
      expect(answer.data).toEqual({ viewer: { __typename: 'Viewer' } });
  });

  it('takes its name from the request, where it has several operations', async () => {
    const query = 'query A { a: __typename } query B { b: __typename }';
    await post(gateway, client.token, { query, operationName: 'A', extensions: hashed(query) });
    const { data } = await post(gateway, client.token, { operationName: 'B', extensions: hashed(query) });
    expect(data).toEqual({ b: 'Query' });
    const missed = { operationName: 'B', extensions: hashed(`${query} `) };
    expect(codeOf(await post(gateway, client.token, missed))).toBe('PERSISTED_QUERY_NOT_FOUND');
  });
});

describe.each(['ws', 'sse'] as const)('over %s', (transport) => {
  const open = () => {
    const live = openLiveClient(transport, gateway.url, client.token);
    onTestFinished(() => live.close());
    return live;
  };
  // The client of WebSockets demands a text; an empty one stands for none.
  const payload = (request: object) => ({ query: '', ...request });
  const first = async (request: object) => {
    try {
      const { value } = await open().iterate(payload(request)).next();
      return value;
    } catch (errors) {
      return { errors };
    }
  };

  it('a query is found by its hash', async () => {
    const document = newDocument();
    expect(codeOf(await first({ extensions: hashed(document) }))).toBe('PERSISTED_QUERY_NOT_FOUND');
    const answer = { viewer: { __typename: 'Viewer' } };
    expect((await first({ query: document, extensions: hashed(document) })).data).toEqual(answer);
    expect((await first({ extensions: hashed(document) })).data).toEqual(answer);
    expect((await first({ documentId: `sha256:${sha256(document)}` })).data).toEqual(answer);
  });

  it('a subscription is found by its hash, and shares an audience with its text', async () => {
    const query = `subscription S${transport}($call: CallLocator!) { callChanged(call: $call) { call { revision } } }`;
    const call = await givenCall(client);
    const variables = { call: { id: call.id } };
    const asked = { variables, extensions: hashed(query) };
    expect(codeOf(await first(asked))).toBe('PERSISTED_QUERY_NOT_FOUND');
    const byText = open().iterate(payload({ ...asked, query }));
    const nextByText = byText.next();
    await gateway.subscribers(1);
    const byHash = open().iterate(payload(asked));
    const nextByHash = byHash.next();
    await gateway.subscribers(2);
    expect(gateway.counts().audiences).toBe(1);
    await client.ask(
      `mutation ($call: CallLocator!) { mergeCallMetadata(call: $call, metadata: { b: 2 }) { call { id } } }`,
      variables,
    );
    for (const next of [nextByText, nextByHash]) {
      expect((await next).value.data).toEqual({ callChanged: { call: { revision: call.revision + 1 } } });
    }
    await byText.return?.();
    await byHash.return?.();
    await gateway.subscribers(0);
  });

  it('a request with neither text nor hash is refused as before', async () => {
    expect(codeOf(await first({ variables: {} }))).toMatch(/^BAD_REQUEST$/);
  });
});

describe('what is wrong is refused:', () => {
  const document = '{ viewer { __typename } }';
  it.each([
    [
      'a hash of another text',
      { query: document, extensions: hashed('{ other }') },
      'PERSISTED_QUERY_HASH_MISMATCH',
    ],
    [
      'a hash in capitals',
      {
        query: document,
        extensions: { persistedQuery: { version: 1, sha256Hash: sha256(document).toUpperCase() } },
      },
      'PERSISTED_QUERY_HASH_MISMATCH',
    ],
    [
      'another version',
      { extensions: { persistedQuery: { version: 2, sha256Hash: sha256(document) } } },
      'BAD_REQUEST',
    ],
    [
      'a hash that is no text',
      { extensions: { persistedQuery: { version: 1, sha256Hash: 7 } } },
      'BAD_REQUEST',
    ],
    ['an extension that is no object', { extensions: { persistedQuery: 'x' } }, 'BAD_REQUEST'],
    ['an id that is no text', { documentId: {} }, 'BAD_REQUEST'],
    ['an id of no hash', { documentId: 'sha256:\u0000' }, 'PERSISTED_QUERY_NOT_FOUND'],
    [
      'an id of no hash with a text',
      { documentId: 'mine', query: document },
      'PERSISTED_QUERY_HASH_MISMATCH',
    ],
  ])('%s', async (_, body, code) => {
    const answer = await post(gateway, client.token, body);
    expect(codeOf(answer)).toBe(code);
    expect(answer.data).toBeUndefined();
  });
});

describe('what is kept', () => {
  it('is valid', async () => {
    for (const query of ['{ unknown }', '{ viewer {', `{ viewer { ${'organization { '.repeat(20)} } }`]) {
      const { errors } = await post(gateway, client.token, { query, extensions: hashed(query) });
      expect(errors).toBeDefined();
      expect(codeOf(await post(gateway, client.token, { extensions: hashed(query) }))).toBe(
        'PERSISTED_QUERY_NOT_FOUND',
      );
      expect(await stored(query)).toEqual([]);
    }
  });

  it('is of clients that are signed in', async () => {
    const query = `{ __schema { queryType { name } } } # ${documents}`;
    const answer = await post(gateway, null, { query, extensions: hashed(query) });
    expect(answer.data).toBeDefined();
    const anonymous = await post(gateway, null, { extensions: hashed(query) });
    expect(codeOf(anonymous)).toBe('PERSISTED_QUERY_NOT_FOUND');
    expect(codeOf(await post(gateway, client.token, { extensions: hashed(query) }))).toBe(
      'PERSISTED_QUERY_NOT_FOUND',
    );
  });

  it("is each organization's own", async () => {
    const document = newDocument();
    await given(document);
    const stranger = await gateway.client();
    const asked = { extensions: hashed(document) };
    expect(codeOf(await post(gateway, stranger.token, asked))).toBe('PERSISTED_QUERY_NOT_FOUND');
    await untilStored(document);
    expect(codeOf(await post(other, stranger.token, asked))).toBe('PERSISTED_QUERY_NOT_FOUND');
  });

  it('is, of each organization, what was used last: so many documents, and so many bytes', async () => {
    const one = await gateway.client();
    const two = await gateway.client();
    const [first, strange] = [newDocument(), newDocument()];
    await given(first, one);
    await given(strange, two);
    await untilStored(first);
    await untilStored(strange);
    const [organization = ''] = await stored(first);
    const { db } = gateway.database;
    // The first of them is the one that was used for longest not, but for the document above.
    await db.execute(sql`insert into persisted_operations (organization_id, hash, document, used_at)
      select ${organization}::uuid, sha256(n::text::bytea), 'document ' || n, now() - make_interval(mins => ${MOST_DOCUMENTS}::int - n)
      from generate_series(1, ${MOST_DOCUMENTS}::int) n`);
    await db.execute(sql`update persisted_operations set used_at = now() - interval '1 year'
      where organization_id = ${organization}::uuid and hash = decode(${sha256(first)}, 'hex')`);
    const second = newDocument();
    await given(second, one);
    await untilStored(second);
    const count = async () => {
      const [row] = await db.execute<{ count: number; bytes: number; oldest: string }>(sql`
        select count(*)::int as count, sum(size)::int as bytes, min(document) filter (where document like 'document %') as oldest
        from persisted_operations where organization_id = ${organization}::uuid`);
      return row;
    };
    expect(await stored(first)).toEqual([]);
    expect((await count())?.count).toBe(MOST_DOCUMENTS);
    // Four large ones fill it all.
    await db.execute(sql`update persisted_operations set document = repeat('x', ${MOST_BYTES / 4}::int)
      where organization_id = ${organization}::uuid and document in ('document 1999', 'document 1998', 'document 1997', 'document 1996')`);
    const third = newDocument();
    await given(third, one);
    await untilStored(third);
    const left = await count();
    expect(left?.bytes).toBeLessThanOrEqual(MOST_BYTES);
    expect(left?.bytes).toBeGreaterThan((MOST_BYTES * 3) / 4);
    expect(await stored(second)).toHaveLength(1);
    expect(await stored(strange)).toHaveLength(1);
  });

  it('stays while it is used: a use is written once an hour', async () => {
    const document = newDocument();
    await given(document);
    await untilStored(document);
    await gateway.database.db.execute(
      sql`update persisted_operations set used_at = now() - interval '1 day' where hash = decode(${sha256(document)}, 'hex')`,
    );
    await post(other, client.token, { extensions: hashed(document) });
    const isFresh = async () => {
      const [row] = await gateway.database.db.execute<{ fresh: boolean }>(sql`
        select used_at > now() - interval '1 minute' as fresh from persisted_operations where hash = decode(${sha256(document)}, 'hex')`);
      return row?.fresh;
    };
    await expect.poll(isFresh).toBe(true);
  });

  it('goes with what is erased, also from the memory of every gateway, for its literals may name the customer', async () => {
    const [own, stranger] = [await gateway.client(), await gateway.client()];
    const call = await givenCall(own);
    const document = `query Erased { calls(filter: { customerNumber: "+15550100" }) { nodes { id } } }`;
    const asked = { extensions: hashed(document) };
    const isFoundBy = async ({ url }: { url: string }, { token }: Client) =>
      codeOf(await post({ url }, token, asked)) === undefined;
    for (const by of [own, stranger]) await given(document, by);
    await expect.poll(() => stored(document)).toHaveLength(2);
    for (const by of [own, stranger]) expect(await isFoundBy(other, by)).toBe(true);
    await untilListening();
    await own.ask(`mutation ($call: CallLocator!) { eraseCall(call: $call) { errors { code } } }`, {
      call: { id: call.id },
    });
    expect(await stored(document)).toHaveLength(1);
    expect(await isFoundBy(gateway, own)).toBe(false);
    await expect.poll(() => isFoundBy(other, own)).toBe(false);
    for (const each of [gateway, other]) {
      each.takeStatements();
      expect(await isFoundBy(each, stranger)).toBe(true);
      expect(each.takeStatements().join()).not.toContain('from "persisted_operations"');
    }
  });

  it.each([
    ['a call', 'mutation { eraseCall(call: { id: "call_01h455vb4pex5vsknk084sn02q" }) { errors { code } } }'],
    ['a number', 'mutation { eraseCustomer(number: "+15550100") { erasedCalls } }'],
  ])('goes with %s that is unknown', async (_, mutation) => {
    const own = await gateway.client();
    const document = newDocument();
    await given(document, own);
    await untilStored(document);
    await own.ask(mutation);
    expect(await stored(document)).toEqual([]);
    expect(codeOf(await post(gateway, own.token, { extensions: hashed(document) }))).toBe(
      'PERSISTED_QUERY_NOT_FOUND',
    );
  });

  it('goes from the memory of a gateway that no signal reaches, after some time', async () => {
    const own = await gateway.client();
    const document = newDocument();
    await given(document, own);
    await untilStored(document);
    const [id = ''] = await stored(document);
    const organization = { id, slug: '', name: '' };
    const owner = { organization, account: newAccount(id, '') };
    const deaf = { listen: () => ({ close: async () => {} }) };
    const failed = vi.fn();
    const service = new PersistedOperationService(
      [{ database: gateway.database, listener: deaf }],
      failed,
      100,
    );
    const find = () => service.find(owner, sha256(document));
    expect(await find()).toBe(document);
    await gateway.database.db.execute(
      sql`delete from persisted_operations where organization_id = ${id}::uuid`,
    );
    await expect.poll(find).toBe(null);
    await service.close();
    expect(failed).not.toHaveBeenCalled();
  });

  it('is not kept any more if it was erased while it was read', async () => {
    const own = await gateway.client();
    const document = newDocument();
    await given(document, own);
    await untilStored(document);
    const [id = ''] = await stored(document);
    const owner = { organization: { id, slug: '', name: '' }, account: newAccount(id, '') };
    const deaf = { listen: () => ({ close: async () => {} }) };
    const service = new PersistedOperationService([{ database: gateway.database, listener: deaf }], () => {});
    const found = service.find(owner, sha256(document));
    await gateway.database.signals.erased(id);
    await found;
    await gateway.database.db.execute(
      sql`delete from persisted_operations where organization_id = ${id}::uuid`,
    );
    expect(await service.find(owner, sha256(document))).toBe(null);
    await service.close();
  });
});

describe('the limits', () => {
  it('are those of the gateway that is asked, whatever another one has stored', async () => {
    const document = newDocument('organization { __typename }').replace(
      '{ viewer',
      '{ calls { nodes { parent { id } } } viewer',
    );
    await given(document);
    await untilStored(document);
    const answer = await post(other, client.token, { extensions: hashed(document) });
    expect(answer.errors?.[0]).toMatchObject({
      extensions: { code: 'OPERATION_TOO_DEEP', variable: 'GRAPHQL_MAX_DEPTH' },
    });
  });

  it('charge a request for an unknown document one point', async () => {
    const slow = await openGatewayOn(gateway.databaseUrl, {
      persistedOperations: 'auto',
      rateLimit: 1,
      rateBurst: 3,
    });
    const ask = () => post(slow, client.token, { extensions: hashed(newDocument()) });
    const codes = [];
    for (let time = 1; time <= 6; time += 1) codes.push(codeOf(await ask()));
    expect(codes[0]).toBe('PERSISTED_QUERY_NOT_FOUND');
    expect(codes).toContain('RATE_LIMITED');
    await slow.close();
  });
});

it('is counted', async () => {
  const counted = await openGatewayOn(gateway.databaseUrl, { persistedOperations: 'auto' });
  const document = newDocument();
  const asked = { extensions: hashed(document) };
  await post(counted, client.token, asked);
  await post(counted, client.token, { ...asked, query: document });
  await post(counted, client.token, asked);
  await post(counted, client.token, asked);
  await post(counted, client.token, { documentId: 'x', query: document });
  const text = await (await fetch(new URL('/metrics', counted.url))).text();
  const figures = [...text.matchAll(/^switchboard_persisted_operations_total\{outcome="(\w+)"\} (\d+)$/gm)];
  expect(Object.fromEntries(figures.map(([, outcome, number]) => [outcome, Number(number)]))).toEqual({
    miss: 1,
    kept: 1,
    hit: 2,
    refused: 1,
  });
  await counted.close();
});

it('needs no database that can be written, nor one that can be read', async () => {
  const away = await openTestGateway({ persistedOperations: 'auto' });
  const own = await away.client();
  const { db } = away.database;
  await db.execute(sql`create function refuse() returns trigger language plpgsql as $$
    begin raise exception 'read-only' using errcode = '25006'; end $$`);
  await db.execute(
    sql`create trigger refuse before insert or update on persisted_operations for each statement execute function refuse()`,
  );
  const document = newDocument();
  const asked = { extensions: hashed(document) };
  expect((await post(away, own.token, { ...asked, query: document })).data).toBeDefined();
  await vi.waitFor(() => expect(away.log.join()).toContain('persisted operations'));
  expect((await post(away, own.token, asked)).data).toEqual({ viewer: { __typename: 'Viewer' } });
  await db.execute(sql`drop table persisted_operations`);
  const next = newDocument();
  expect(codeOf(await post(away, own.token, { extensions: hashed(next) }))).toBe('PERSISTED_QUERY_NOT_FOUND');
  expect((await post(away, own.token, { query: next, extensions: hashed(next) })).data).toBeDefined();
  expect((await post(away, own.token, { extensions: hashed(next) })).data).toBeDefined();
  expect((await own.ask('{ viewer { __typename } }')).viewer).toBeDefined();
  await away.close();
});

describe('off', () => {
  it('says so, and the client sends the text from then on', async () => {
    const off = await openGatewayOn(gateway.databaseUrl);
    const document = newDocument();
    const answer = await post(off, client.token, { extensions: hashed(document) });
    expect(codeOf(answer)).toBe('PERSISTED_QUERY_NOT_SUPPORTED');
    const socket = wsClient({ url: off.url, token: client.token });
    const overSocket = socket.iterate({ query: '', extensions: hashed(document) }).next();
    await expect(overSocket).rejects.toMatchObject([
      { extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED' } },
    ]);
    expect((await post(off, client.token, { query: document })).data).toBeDefined();
    await off.close();
  });
});
