import { afterAll, beforeAll, expect, it } from 'vitest';
import { seedDemo } from '../../src/demo/seed.js';
import { openTestGateway, TEST_SECRETS_KEYS } from '../support/gateway.js';
import { openSimulating } from '../support/simulating.js';
import { givenBoard } from './wallboard-page.js';

const board = givenBoard(() => openTestGateway({ vendors: false }));
let simulating: Awaited<ReturnType<typeof openSimulating>>;
let token: string;
beforeAll(async () => {
  const { database } = board.gateway;
  token = (await seedDemo(database))?.token ?? '';
  simulating = await openSimulating(database, { secretsKeys: TEST_SECRETS_KEYS });
});
afterAll(async () => {
  await simulating?.close();
});

it('a person starts simulated calls, sees them come, and stops them', async () => {
  const { page, complaints } = await board.open({ url: simulating.url, token });
  await page.locator('[aria-rowindex="2"]').waitFor();
  await page.getByRole('button', { name: 'Simulate a day' }).click();
  await page.getByText(/^\d+ of 500 calls$/).waitFor();
  await page.locator('[aria-rowindex="8"]').waitFor();
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByText(/^\d+ calls simulated$/).waitFor();
  await page.getByRole('button', { name: 'Simulate a day' }).waitFor();
  expect(complaints).toEqual([]);
});
