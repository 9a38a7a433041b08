import { afterAll, beforeAll, expect, it } from 'vitest';
import { seedDemo } from '../../src/demo/seed.js';
import { openBrowser, type TestBrowser } from '../support/browser/browser.js';
import { openTestGateway, TEST_SECRETS_KEYS, type TestGateway } from '../support/gateway.js';
import { openSimulating } from '../support/simulating.js';
import { openWallboard } from './wallboard-page.js';

let base: TestGateway;
let simulating: Awaited<ReturnType<typeof openSimulating>>;
let chromium: TestBrowser;
let token: string;
beforeAll(async () => {
  [base, chromium] = await Promise.all([openTestGateway({ vendors: false }), openBrowser()]);
  token = (await seedDemo(base.database))?.token ?? '';
  simulating = await openSimulating(base.database, { secretsKeys: TEST_SECRETS_KEYS });
});
afterAll(async () => {
  await simulating?.close();
  await Promise.all([base?.close(), chromium?.close()]);
});

it('a person starts simulated calls, sees them come, and stops them', async () => {
  const { page, complaints } = await openWallboard(chromium.browser, simulating.url, { token });
  await page.locator('[aria-rowindex="2"]').waitFor();
  await page.getByRole('button', { name: 'Simulate a day' }).click();
  await page.getByText(/^\d+ of 500 calls$/).waitFor();
  await page.locator('[aria-rowindex="8"]').waitFor();
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByText(/^\d+ calls simulated$/).waitFor();
  await page.getByRole('button', { name: 'Simulate a day' }).waitFor();
  expect(complaints).toEqual([]);
});
