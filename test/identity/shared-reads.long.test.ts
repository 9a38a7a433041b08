import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiKeyService, type NewApiKey } from '../../src/identity/api-key.service.js';
import { givenCall, mergeCallMetadata } from '../support/documents.js';
import { type Answer, type Client, openTestGateway, type TestGateway } from '../support/gateway.js';

let gateway: TestGateway;
beforeAll(async () => {
  // Above the number of requests, so that none queues and times out.
  gateway = await openTestGateway({ maxConcurrentRequests: 1_000 });
});
afterAll(() => gateway.close());

const times = <Item>(count: number, make: (index: number) => Item): Item[] =>
  Array.from({ length: count }, (_, index) => make(index));

describe('requests of several organizations at once', () => {
  const ORGANIZATIONS = 5;
  const KEYS = 6;
  let clients: Client[][];
  let calls: string[];
  beforeAll(async () => {
    clients = await Promise.all(
      times(ORGANIZATIONS, async (index) => {
        const organization = `shared-${index}`;
        return [
          await gateway.client({ organization }),
          ...(await Promise.all(times(KEYS - 1, () => gateway.client({ organization })))),
        ];
      }),
    );
    calls = await Promise.all(
      clients.map(async ([client], index) => {
        const { id } = await givenCall(client as Client, { metadata: { organization: index } });
        return id;
      }),
    );
  });

  it('are answered by a few statements, and each sees its own organization alone', async () => {
    const document = `query ($ids: [ID!]!, $id: ID!) {
      viewer { organization { slug } }
      nodes(ids: $ids) { ... on Call { id metadata references { value } } }
      call(id: $id) { id metadata }
      calls { nodes { id metadata } }
    }`;
    const everybody = clients.flatMap((keys, organization) =>
      keys.map((client) => [organization, client] as const),
    );
    const ask = () =>
      Promise.all(
        everybody.map(async ([organization, client], index) => {
          const id = calls[index % ORGANIZATIONS] as string;
          return [organization, id, await client.ask(document, { ids: calls, id })] as const;
        }),
      );
    const expectOwn = (organization: number, id: string, data: Answer['data']) => {
      const own = { id: calls[organization], metadata: { organization } };
      expect(data.viewer.organization.slug).toBe(`shared-${organization}`);
      expect(data.nodes).toEqual(
        calls.map((each) =>
          each === own.id ? { ...own, references: [{ value: expect.any(String) }] } : null,
        ),
      );
      expect(data.call).toEqual(id === own.id ? own : null);
      expect(data.calls.nodes).toEqual([own]);
    };
    const round = async () => {
      gateway.takeStatements();
      for (const [organization, id, data] of await ask()) expectOwn(organization, id, data);
      return gateway.takeStatements().length;
    };
    // By graphql-js, by compiled code, and with every connection open.
    for (let times = 0; times < 3; times += 1) await round();
    // Each alone takes four: its key, calls by ids, the list, references. How many arrive in the same turns is the
    // machine's affair.
    await expect.poll(round).toBeLessThan((everybody.length * 4) / 2);
  });

  it('that fail fail alone', async () => {
    const [one, other] = [clients[0]?.[0] as Client, clients[1]?.[0] as Client];
    const [own, foreign] = calls;
    const answers = await Promise.all(
      times(20, (index) =>
        (index % 2 === 0 ? one : other).send('query ($id: ID!) { call(id: $id) { id } }', {
          id: index % 5 === 0 ? 'x' : own,
        }),
      ),
    );
    for (const [index, { data, errors }] of answers.entries()) {
      expect(data).toEqual({ call: index % 5 === 0 || index % 2 === 1 ? null : { id: own } });
      expect(errors?.[0]?.extensions.code).toBe(index % 5 === 0 ? 'BAD_USER_INPUT' : undefined);
    }
    expect(own).not.toBe(foreign);
  });
});

const KEY = {
  organization: 'shared-keys',
  kind: 'APP',
  staffUid: null,
  scopes: ['CALLS_READ'],
  expiresAt: null,
} satisfies Omit<NewApiKey, 'name'>;

describe('a key', () => {
  it('is refused from the next request after it is revoked, even if others are using it', async () => {
    const keys = new ApiKeyService(gateway.database);
    const neighbour = await gateway.client();
    for (let round = 0; round < 6; round += 1) {
      const { id, token } = await keys.create({ ...KEY, name: `key ${round}` });
      const client = gateway.anonymous(`Bearer ${token}`);
      const crowd = times(8, () => client.send('{ viewer { name } }'));
      const others = times(8, () => neighbour.send('{ viewer { name } }'));
      expect(await keys.revoke(id)).toBe(true);
      const after = [client.send('{ viewer { name } }'), client.send('{ calls { nodes { id } } }')];
      expect((await Promise.all(after)).map(({ status }) => status)).toEqual([401, 401]);
      for (const { status } of await Promise.all(crowd)) expect([200, 401]).toContain(status);
      for (const { status } of await Promise.all(others)) expect(status).toBe(200);
    }
  });

  it('has no part in the scopes of another key of its organization', async () => {
    const organization = 'shared-scopes';
    const rich = await gateway.client({ organization });
    const poor = await gateway.client({ organization, scopes: ['CALLS_READ'] });
    const answers = await Promise.all(
      times(20, (index) => (index % 2 === 0 ? rich : poor).send('{ viewer { scopes } matchRules { id } }')),
    );
    for (const [index, { data, errors }] of answers.entries()) {
      expect(data.viewer.scopes).toEqual([index % 2 === 0 ? 'ADMIN' : 'CALLS_READ']);
      expect(data.matchRules).toEqual(index % 2 === 0 ? [] : null);
      expect(errors?.[0]?.extensions.code).toBe(index % 2 === 0 ? undefined : 'FORBIDDEN');
    }
  });
});

describe('a write that has been answered', () => {
  const READ = `query ($id: ID!) {
    call(id: $id) { ...N }
    nodes(ids: [$id]) { ...N }
    calls(filter: { metadata: { hasKeys: ["n"] } }) { nodes { ...N } }
  }
  fragment N on Call { revision metadata }`;
  const shown = ({ call, nodes, calls }: Answer['data']) => [call, ...nodes, ...calls.nodes];

  it('is in all that is read from then on, with a crowd that reads the same', async () => {
    const organization = 'shared-writes';
    const [writer, reader] = [await gateway.client({ organization }), await gateway.client({ organization })];
    const { id } = await givenCall(writer, { metadata: { n: 0 } });
    let isOver = false;
    const crowd = times(4, async () => {
      let least = 0;
      while (!isOver) {
        const seen = shown(await reader.ask(READ, { id })).map(({ metadata }) => metadata.n);
        for (const n of seen) expect(n).toBeGreaterThanOrEqual(least);
        least = Math.max(...seen);
      }
    });
    try {
      for (let n = 1; n <= 25; n += 1) {
        const { call, errors } = await mergeCallMetadata(writer, { call: { id }, metadata: { n } });
        expect(errors).toEqual([]);
        const now = { revision: call.revision, metadata: { n } };
        expect(shown(await reader.ask(READ, { id }))).toEqual([now, now, now]);
      }
    } finally {
      isOver = true;
      await Promise.all(crowd);
    }
  });
});
