import { randomBytes } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { ACCOUNT, givenAccount, testAccount, updateAccount } from '../../support/vendors/accounts.js';
import { openAnswering } from './answering.js';

const SECRET = `hunter2-${randomBytes(8).toString('hex')}`;

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await openTestGateway({ vendors: false }, 'trace');
  client = await gateway.client();
});
afterAll(() => gateway.close());

const CREATE = `mutation M($input: CreateVendorAccountInput!) {
  createVendorAccount(input: $input) { vendorAccount { ${ACCOUNT} } errors { code message path } }
}`;
const UPDATE = `mutation ($id: ID!, $input: UpdateVendorAccountInput!) {
  updateVendorAccount(id: $id, input: $input) { vendorAccount { id } errors { code message path } }
}`;
const literal = (input: string) =>
  `mutation { createVendorAccount(input: ${input}) { errors { code message path } } }`;
const burki = (apiKey: unknown, more: object = {}) => ({
  input: { name: 'main', vendor: { burki: { apiKey, ...more } } },
});

describe('a secret is in no answer and no line of the log', () => {
  it.each<[string, string, object?]>([
    ['a field that there is not', CREATE, burki(SECRET, { nonsense: 1 })],
    ['a wrong type beside it', CREATE, burki(SECRET, { baseUrl: 7 })],
    ['a wrong type instead of it', CREATE, burki({ apiKey: SECRET })],
    ['a list of it', CREATE, burki([SECRET])],
    [
      'two vendors',
      CREATE,
      { input: { name: 'a', vendor: { burki: { apiKey: SECRET }, bird: { accessKey: SECRET } } } },
    ],
    ['a null vendor', CREATE, { input: { name: 'a', vendor: { burki: null, bird: { accessKey: SECRET } } } }],
    ['no name', CREATE, { input: { vendor: { burki: { apiKey: SECRET } } } }],
    ['a name of another type', CREATE, { input: { ...burki(SECRET).input, name: 7 } }],
    ['no object', CREATE, { input: SECRET }],
    ['a base URL with it', CREATE, burki('key', { baseUrl: `https://me:${SECRET}@api.burki.dev` })],
    ['a base URL that is none', CREATE, burki('key', { baseUrl: `ftp://me:${SECRET}@api.burki.dev` })],
    ['a word that is none', CREATE, { input: { name: 'a', vendor: { vcita: { voicemailStatus: SECRET } } } }],
    ['a secret with a line break', CREATE, burki(`${SECRET}\n`)],
    ['a secret with NUL', CREATE, burki(`${SECRET}\0`)],
    ['a secret that is too long', CREATE, burki(SECRET.repeat(1_000))],
    ['an unknown account', UPDATE, { id: 'x', ...burki(SECRET) }],
    [
      'a literal of another type',
      literal(`{ name: "a", vendor: { burki: { apiKey: { a: "${SECRET}" } } } }`),
    ],
    ['a literal list', literal(`{ name: "a", vendor: { burki: { apiKey: ["${SECRET}"] } } }`)],
    ['a literal word', literal(`{ name: "a", vendor: { vcita: { voicemailStatus: "${SECRET}" } } }`)],
    [
      'a literal enum',
      literal(`{ name: "a", vendor: { vcita: { voicemailStatus: ${SECRET.replace('-', '_')} } } }`),
    ],
    ['a literal vendor', literal(`{ name: "a", vendor: "${SECRET}" }`)],
    [
      'a literal field that there is not',
      literal(`{ name: "a", vendor: { burki: { nonsense: "${SECRET}" } } }`),
    ],
    [
      'two literal vendors',
      literal(`{ name: "a", vendor: { burki: { apiKey: "${SECRET}" }, bird: { accessKey: "a" } } }`),
    ],
    ['no colon', literal(`{ name: "a", vendor: { burki: { apiKey "${SECRET}" } } }`)],
    ['a text where a name is due', literal(`{ name: "a", vendor: { burki: { "${SECRET}": 1 } } }`)],
    ['an open text', literal(`{ name: "a", vendor: { burki: { apiKey: "${SECRET} } } }`)],
    [
      'a null variable in a literal',
      `mutation ($v: String = "a") { createVendorAccount(input: { name: $v, vendor: { burki: { apiKey: "${SECRET}" } } }) { errors { code } } }`,
      { v: null },
    ],
    [
      'a variable of its own',
      'mutation ($v: String) { createVendorAccount(input: { name: "a", vendor: { burki: { apiKey: $v } } }) { errors { code } } }',
      { v: { key: SECRET } },
    ],
  ])('with %s', async (_, document, variables = {}) => {
    const answer = await client.send(document, { ...variables });
    const refusals = answer.errors ?? Object.values(answer.data)[0];
    expect(refusals, JSON.stringify(answer)).not.toEqual([]);
    const text = JSON.stringify(answer) + gateway.log.join();
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain(SECRET.replace('-', '_'));
    expect(text).not.toContain('INTERNAL_SERVER_ERROR');
  });

  it('with a body that is no JSON', async () => {
    const body = `{"query": "mutation", "variables": {"apiKey": ${SECRET}}}`;
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${client.token}` };
    const answer = await fetch(gateway.url, { method: 'POST', headers, body });
    expect(answer.status).toBe(400);
    expect((await answer.text()) + gateway.log.join()).not.toContain('hunter2');
  });

  it('with what succeeds, and neither is it in the database or the metrics', async () => {
    const vendor = await openAnswering(500, `{"detail": "what is ${SECRET}?"}`);
    const members = { accessKey: SECRET, signingKey: SECRET };
    const { id } = await givenAccount(client, { system: 'BIRD', url: vendor.url, members });
    const answers = [
      await client.ask(`{ vendorAccounts { ${ACCOUNT} } }`),
      await updateAccount(client, id, { vendor: { bird: members } }),
      await testAccount(client, id),
      await (await fetch(new URL('/metrics', gateway.url))).text(),
      gateway.log,
      await gateway.database.db.execute(sql`select * from vendor_accounts`),
    ];
    await vendor.close();
    expect(gateway.log.join()).toContain('"request"');
    expect(JSON.stringify(answers)).toContain(vendor.url);
    expect(JSON.stringify(answers)).not.toContain(SECRET);
  });
});

it('what is wrong is said nevertheless', async () => {
  const messages = async (document: string, variables?: object) =>
    (await client.send(document, { ...variables })).errors?.map(({ message }) => message);
  expect(await messages(CREATE, burki(SECRET, { apikey: 1, baseUrl: 'ftp://x' }))).toEqual([
    'Variable "$input" got an invalid value at "input.vendor.burki.baseUrl"; It has another type or form.',
    'Variable "$input" got an invalid value at "input.vendor.burki"; Field "apikey" is not defined by type "BurkiAccountInput". Did you mean "apiKey"?',
  ]);
  expect(await messages(CREATE, { input: SECRET })).toEqual([
    'Variable "$input" got an invalid value; Expected type "CreateVendorAccountInput" to be an object.',
  ]);
  expect(await messages(literal('{ name: 7, vendor: { burki: {} } }'))).toEqual([
    'input.name: String cannot represent a non string value.',
  ]);
  expect(await messages(literal('{ name: "a", vendor: { burki: { apiKey "b" } } }'))).toEqual([
    'Syntax Error: Expected ":", found something else.',
  ]);
});
