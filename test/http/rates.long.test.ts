import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { followOver, TRANSPORTS } from '../live/followers.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openTestGateway({ rateLimit: 1, rateBurst: 200 });
});
afterAll(() => gateway.close());

const LIST = '{ calls(first: 99) { nodes { id } } }';

function ask(client: Client, query: string): Promise<Response> {
  return fetch(gateway.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${client.token}` },
    body: JSON.stringify({ query }),
  });
}

describe('a key', () => {
  it('that has used up its rate is refused with a retry time: 429, RATE_LIMITED, Retry-After', async () => {
    const client = await gateway.client();
    expect((await ask(client, LIST)).status).toBe(200);
    expect((await ask(client, LIST)).status).toBe(200);
    gateway.takeStatements();
    const refused = await ask(client, LIST);
    expect(refused.status).toBe(429);
    const seconds = Number(refused.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(90);
    expect(seconds).toBeLessThanOrEqual(100);
    expect(await refused.json()).toEqual({
      errors: [
        {
          message: `This key has exceeded its rate: try again in ${seconds} s.`,
          extensions: { code: 'RATE_LIMITED', retryAfter: seconds },
        },
      ],
      extensions: { cost: { requested: 100, limit: 200_000, remaining: 0 } },
    });
    expect(gateway.takeStatements()).toHaveLength(1);
  });

  it('pays by cost: cheap requests may be frequent', async () => {
    const client = await gateway.client();
    const answers = await Promise.all(Array.from({ length: 100 }, () => ask(client, '{ viewer { name } }')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  });

  it('writes nothing once it is refused', async () => {
    const client = await gateway.client();
    await ask(client, LIST);
    await ask(client, LIST);
    const write =
      'mutation { upsertCall(input: { references: [{ system: OTHER, name: "n", value: "rate" }] }) { created } }';
    expect((await ask(client, write)).status).toBe(429);
  });

  it('with a flood of requests does not slow another down', async () => {
    const [flooding, other] = [await gateway.client(), await gateway.client()];
    await ask(flooding, LIST);
    await ask(flooding, LIST);
    let isOver = false;
    const statuses: number[] = [];
    const flood = Array.from({ length: 20 }, async () => {
      while (!isOver) statuses.push((await ask(flooding, LIST)).status);
    });
    const times: number[] = [];
    for (let index = 0; index < 40; index += 1) {
      const before = performance.now();
      const { status } = await ask(other, '{ viewer { name } }');
      times.push(performance.now() - before);
      expect(status).toBe(200);
    }
    isOver = true;
    await Promise.all(flood);
    expect(new Set(statuses)).toEqual(new Set([429]));
    expect(statuses.length).toBeGreaterThan(times.length);
    expect(times.toSorted((a, b) => a - b)[20]).toBeLessThan(200);
  });

  it.each(TRANSPORTS)('is refused over %s with an error of the operation', async (transport) => {
    const client = await gateway.client();
    const at = { url: gateway.url, token: client.token };
    await ask(client, LIST);
    await ask(client, LIST);
    for (const query of [LIST, 'subscription { callsChanged { id call { voiceCall { id } } } }']) {
      const refused = followOver(transport, at, query);
      await refused.ended();
      expect(refused.errors.map(({ extensions }) => extensions)).toEqual([
        { code: 'RATE_LIMITED', retryAfter: expect.any(Number) },
      ]);
    }
    expect(gateway.counts().subscribers).toBe(0);
  });
});

it('all clients that have not signed in share one rate', async () => {
  const schema = '{ __schema { types { name } } }';
  const statuses: number[] = [];
  for (const token of [undefined, 'Bearer nobody', undefined, 'Bearer another', undefined, 'Bearer nobody']) {
    statuses.push((await gateway.anonymous(token).send(schema)).status);
  }
  expect([statuses[0], statuses.at(-1)]).toEqual([200, 429]);
});

describe('by default', () => {
  it('a client at full speed is not limited', async () => {
    const usual = await openTestGateway();
    try {
      const client = await usual.client();
      const query = '{ calls(first: 200) { totalCount nodes { id voiceCall { id } } } }';
      for (let round = 0; round < 10; round += 1) {
        await Promise.all(Array.from({ length: 20 }, () => client.ask(query)));
      }
    } finally {
      await usual.close();
    }
  });

  it('fifty operations of the highest cost are let through at once, and then five a second', async () => {
    const usual = await openTestGateway();
    try {
      const [greedy, other] = [await usual.client(), await usual.client()];
      const page = 'nodes { id history(first: 1) { nodes { id } } }';
      const query = `{ calls(first: 200) { nodes { children(first: 198) { nodes { children(first: 1) { ${page} } } } } } }`;
      const answers = await Promise.all(Array.from({ length: 200 }, () => greedy.send(query)));
      const statuses = answers.map(({ status }) => status);
      expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(50);
      expect(new Set(statuses)).toEqual(new Set([200, 429]));
      expect((await other.send(query)).status).toBe(200);
    } finally {
      await usual.close();
    }
  });
});

it('0 limits nothing', async () => {
  const free = await openTestGateway({ rateLimit: 0, rateBurst: 1 });
  try {
    const client = await free.client();
    for (let index = 0; index < 30; index += 1) {
      await client.ask('{ calls(first: 200) { totalCount nodes { id } } }');
    }
  } finally {
    await free.close();
  }
});
