import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { givenCall } from '../support/documents.js';
import { type Client, openGatewayOn, type TestGateway } from '../support/gateway.js';
import { createTestDatabaseOfAscii } from '../support/postgres.js';
import { BURKI } from '../support/vendors/burki.spec.js';
import { vendorClient } from '../vendor-apis/vendor-client.js';

let gateway: TestGateway;
let client: Client;
const WORDS = ['Éclair', 'ÜBER', 'ΣΟΦΊΑΣ', 'Ωμέγα', 'МОСКВА', '東京都'];

beforeAll(async () => {
  const test = await createTestDatabaseOfAscii();
  gateway = await openGatewayOn(test.url, {}, test.drop);
  client = await gateway.client();
  for (const [index, word] of WORDS.entries()) {
    const references = [{ system: 'BURKI', name: 'callSid', value: `CA${index}` }];
    await givenCall(client, { references, tags: [word], assistant: { assistantId: word, name: word } });
  }
});
afterAll(() => gateway.close());

describe('in a database that knows the case of ASCII letters alone', () => {
  it.each([
    ['é', 'Éclair'],
    ['É', 'Éclair'],
    ['über', 'ÜBER'],
    ['Ü', 'ÜBER'],
    ['σοφίας', 'ΣΟΦΊΑΣ'],
    ['Σ', 'ΣΟΦΊΑΣ'],
    ['ωΜΈΓ', 'Ωμέγα'],
    ['москва', 'МОСКВА'],
    ['東京', '東京都'],
  ])('a facet that starts with %s has %s', async (startsWith, value) => {
    for (const field of ['TAG', 'ASSISTANT']) {
      const { callFacet } = await client.ask(
        'query ($field: CallDimension!, $startsWith: String) { callFacet(field: $field, startsWith: $startsWith) { value } }',
        { field, startsWith },
      );
      expect(callFacet, field).toEqual([{ value }]);
    }
  });

  it.each([
    ['écl', 'Éclair'],
    ['ÜBER', 'ÜBER'],
    ['σοφίας', 'ΣΟΦΊΑΣ'],
    ['ΩΜΈΓΑ', 'Ωμέγα'],
    ['москва', 'МОСКВА'],
    ['東京都', '東京都'],
  ])('a search for %s finds %s', async (search, tag) => {
    const { calls } = await client.ask(
      'query ($search: String!) { calls(filter: { search: $search }) { nodes { tags } } }',
      { search },
    );
    expect(calls.nodes).toEqual([{ tags: [tag] }]);
  });

  it.each(['écl', 'über', 'σοφίας', 'ωμέγα', 'москва', '東京'])(
    "Burki's list finds an assistant by %s",
    async (part) => {
      const burki = vendorClient(gateway, BURKI, `Bearer ${client.token}`);
      const { body } = await burki.send(`GET /api/v1/calls/?assistant_name=${encodeURIComponent(part)}`);
      expect(body.total).toBe(1);
    },
  );
});
