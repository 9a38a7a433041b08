import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { seedDemo } from '../../src/demo/seed.js';
import { violations } from './axe.js';
import { givenBoard } from './wallboard-page.js';

const board = givenBoard();
let token: string;
beforeAll(async () => {
  token = (await seedDemo(board.gateway.database))?.token ?? '';
});

it('the printed address signs in, and its key leaves the address and the history', async () => {
  const { page, complaints } = await board.open({ token });
  await page.getByText('Demo').waitFor();
  expect(page.url()).toBe(new URL('/', board.gateway.url).href);
  await page.reload();
  await page.getByText('Demo').waitFor();
  expect(await stored(page, 'localStorage')).not.toContain(token);
  expect(complaints).toEqual([]);
});

it('a key is typed, refused with the words of the gateway, and forgotten by signing out', async () => {
  const { page } = await board.open();
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
});

const stored = (page: Page, name: string) => page.evaluate(`JSON.stringify(${name})`);
