import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seedDemo } from '../../src/demo/seed.js';
import { DemoTraffic } from '../../src/demo/traffic/traffic-routes.js';
import { createGateway, type Gateway } from '../../src/gateway.js';
import { openBrowser, type TestBrowser } from '../support/browser/browser.js';
import { openTestGateway, TEST_SECRETS_KEYS, type TestGateway } from '../support/gateway.js';
import { openWallboard } from './wallboard-page.js';

let base: TestGateway;
let traffic: DemoTraffic;
let gateway: Gateway;
let chromium: TestBrowser;
let token: string;
let url: string;
beforeAll(async () => {
  [base, chromium] = await Promise.all([openTestGateway({ vendors: false }), openBrowser()]);
  token = (await seedDemo(base.database))?.token ?? '';
  const log = pino({ level: 'silent' });
  const config = { port: 0, shutdownTimeout: 0, secretsKeys: TEST_SECRETS_KEYS };
  traffic = new DemoTraffic(config, base.database, log);
  const { routes, isOwnVendor } = traffic;
  gateway = await createGateway({ config, database: base.database, log, routes, isOwnVendor });
  ({ url } = await gateway.listen());
});
afterAll(async () => {
  await traffic?.close();
  await gateway?.close();
  await Promise.all([base?.close(), chromium?.close()]);
});

it('a person starts simulated calls, sees them come, and stops them', async () => {
  const { page, complaints } = await openWallboard(chromium.browser, url, { token });
  await page.locator('[aria-rowindex="2"]').waitFor();
  await page.getByRole('button', { name: 'Simulate a day' }).click();
  await page.getByText(/^\d+ of 500 calls$/).waitFor();
  await page.locator('[aria-rowindex="8"]').waitFor();
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByText(/^\d+ calls simulated$/).waitFor();
  await page.getByRole('button', { name: 'Simulate a day' }).waitFor();
  expect(complaints).toEqual([]);
});
