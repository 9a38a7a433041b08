import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestGateway, type TestGateway } from '../support/gateway.js';

let gateway: TestGateway;
let authorization: string;
beforeAll(async () => {
  gateway = await openTestGateway();
  authorization = `Bearer ${(await gateway.client()).token}`;
});
afterAll(() => gateway?.close());

const GRAPHQL = 'application/graphql-response+json';
const WRONG = '{ nothingOfThisName }';

const get = (path: string, headers: Record<string, string>) =>
  request(`${gateway.url}${path}`, { headers: { authorization, ...headers } });
const post = (path: string, headers: Record<string, string>, query = '{ __typename }') =>
  request(`${gateway.url}${path}`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });

describe('Accept', () => {
  it.each([
    ['application/json', 200],
    ['Application/JSON', 200],
    ['application/json ; q=0.5', 200],
    [`application/json, ${GRAPHQL};q=0`, 200],
    [`application/json, ${GRAPHQL.toUpperCase()}`, 400],
    [`application/json, ${GRAPHQL};q=0.1`, 400],
    ['application/json;q=0, */*', 400],
    ['application/jsonlines, */*', 400],
    ['*/*', 400],
  ])('%s gets %i for an invalid document', async (accept, status) => {
    // GET is accepted where it cannot come from a form of another site.
    const headers = { accept, 'apollo-require-preflight': 'true' };
    const answers = [
      await post('', headers, WRONG),
      await get(`?query=${encodeURIComponent(WRONG)}`, headers),
    ];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([status, status]);
    for (const { body } of answers) await body.dump();
  });

  it.each(['text/html', 'Text/HTML', 'text/html;q=0.9, application/json;q=0.1'])(
    '%s shows the explorer',
    async (accept) => {
      const { statusCode, headers, body } = await get('', { accept });
      expect([statusCode, headers['content-type']]).toEqual([200, expect.stringMatching(/^text\/html/)]);
      await body.dump();
    },
  );

  it.each([
    ['text/event-stream', 200],
    ['Text/Event-Stream', 200],
    ['text/*', 200],
    ['*/*;q=0.1', 200],
    ['application/json, text/event-stream;q=0.5', 200],
    ['text/event-stream;q=0', 406],
    ['text/event-stream;q=0, */*', 406],
    ['text/event-streams', 406],
    ['application/json', 406],
  ])('%s gets %i for an event stream', async (accept, status) => {
    const answers = [await post('/stream', { accept }), await get('/stream?query={__typename}', { accept })];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([status, status]);
    for (const { body } of answers) await body.dump();
  });
});

it.each(['Application/JSON', 'APPLICATION/JSON; Charset=UTF-8'])('Content-Type %s is JSON', async (type) => {
  const answers = [
    await post('', { 'content-type': type }),
    await post('/stream', { 'content-type': type, accept: 'text/event-stream' }),
  ];
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
  expect(await answers[0]?.body.json()).toMatchObject({ data: { __typename: 'Query' } });
  expect(await answers[1]?.body.text()).toContain('"__typename":"Query"');
});
