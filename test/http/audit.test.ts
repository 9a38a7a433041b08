import { auditServer } from 'graphql-http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestGateway, type TestGateway } from '../support/gateway.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openTestGateway();
});
afterAll(() => gateway.close());

/**
 * GETs without a custom header, which a page of another site could send. Refused on purpose; the audit treats them as
 * optional.
 */
const REFUSED_GETS = ['5A70', '6A70', 'D6D5'];

it('the audit of GraphQL over HTTP finds no error and nothing to warn of', async () => {
  const results = await auditServer({ url: gateway.url });
  expect(results.length).toBeGreaterThanOrEqual(61);
  const found = results.filter(({ status }) => status !== 'ok');
  expect(found.filter(({ status }) => status !== 'notice')).toEqual([]);
  expect(found.map(({ id }) => id).toSorted()).toEqual(REFUSED_GETS);
  expect(gateway.log).toEqual([]);
});
