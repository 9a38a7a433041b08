import { expect, it } from 'vitest';
import { givenCall, mergeCallMetadata } from '../support/documents.js';
import { openTestGateway } from '../support/gateway.js';
import { givenBoard } from './wallboard-page.js';

const board = givenBoard(() => openTestGateway({ publicUrl: 'https://calls.example.com/desk' }));

it('all pages are there below a path, and stay below it', async () => {
  const writer = await board.gateway.client();
  const { id } = await givenCall(writer);
  const { page, complaints } = await board.open({ token: writer.token, path: '/desk/' });
  const path = () => new URL(page.url()).pathname;
  await page.locator('[aria-rowindex="2"]').getByRole('link').first().click();
  await expect.poll(path).toBe(`/desk/calls/${id}`);
  await page.getByRole('tab', { name: 'Metadata' }).click();
  await mergeCallMetadata(writer, { call: { id }, metadata: { heard: 'below a path' } });
  await page.getByText('below a path').first().waitFor();
  await page.reload();
  await page.getByText('below a path').first().waitFor();
  for (const [label, expected] of [
    ['Figures', '/desk/figures'],
    ['Accounts', '/desk/accounts'],
    ['Calls', '/desk/'],
  ] as const) {
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: label }).click();
    await expect.poll(path).toBe(expected);
    await page.getByRole('navigation', { name: 'Pages' }).locator('[aria-current="page"]').waitFor();
  }
  await page.locator('[aria-rowindex="2"]').waitFor();
  expect(complaints).toEqual([]);
});
