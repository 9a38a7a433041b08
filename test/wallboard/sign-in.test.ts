import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seedDemo } from '../../src/demo/seed.js';
import { openBrowser, type TestBrowser } from '../support/browser/browser.js';
import { openTestGateway, type TestGateway } from '../support/gateway.js';
import { violations } from './axe.js';
import { openWallboard } from './wallboard-page.js';

let gateway: TestGateway;
let token: string;
let chromium: TestBrowser;
beforeAll(async () => {
  [gateway, chromium] = await Promise.all([openTestGateway(), openBrowser()]);
  token = (await seedDemo(gateway.database))?.token ?? '';
});
afterAll(async () => {
  await Promise.all([gateway?.close(), chromium?.close()]);
});

it('the printed address signs in, and its key leaves the address and the history', async () => {
  const { page, complaints, close } = await openWallboard(chromium.browser, gateway.url, { token });
  await page.getByText('Demo').waitFor();
  expect(page.url()).toBe(new URL('/', gateway.url).href);
  await page.reload();
  await page.getByText('Demo').waitFor();
  expect(await stored(page, 'localStorage')).not.toContain(token);
  expect(complaints).toEqual([]);
  await close();
});

it('a key is typed, refused with the words of the gateway, and forgotten by signing out', async () => {
  const { page, close } = await openWallboard(chromium.browser, gateway.url);
  await page.getByLabel('Key').waitFor();
  expect(await violations(page)).toEqual([]);
  await page.getByLabel('Key').fill('sb_unknown');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').getByText('Sign in with').waitFor();
  await page.getByLabel('Key').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Key').waitFor();
  expect(await stored(page, 'sessionStorage')).not.toContain(token);
  await close();
});

const stored = (page: Page, name: string) => page.evaluate(`JSON.stringify(${name})`);
