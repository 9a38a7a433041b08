import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { givenCall } from '../../support/documents.js';
import type { Client } from '../../support/gateway.js';
import { givenAccount } from '../../support/vendors/accounts.js';
import { type FakeBurki, openBurki } from '../../support/vendors/burki.js';
import { violations } from '../axe.js';
import { givenBoard } from '../wallboard-page.js';
import { givenKnownCall } from './known-call.js';

const board = givenBoard();
let burki: FakeBurki;
let client: Client;
beforeAll(async () => {
  burki = await openBurki();
});
beforeEach(async () => {
  client = await board.gateway.client();
});
afterAll(async () => {
  await burki?.close();
});

const open = (id: string) => board.open({ token: client.token, path: `/calls/${id}?tab=recordings` });

it('plays the audio of a vendor and the transcript along together', async () => {
  await givenAccount(client, { system: 'BURKI', url: burki.url, sends: false });
  const { id } = await givenKnownCall(client, burki);
  const { page, complaints } = await open(id);
  const transcript = page.getByRole('combobox', { name: 'Transcript' });
  await transcript.selectOption({ label: 'Burki, en-GB' });
  const lines = page.getByRole('list', { name: 'Lines' });
  const spoken = lines.locator('[aria-current]');

  await lines.getByText('One moment, please.').click();
  await expect.poll(() => spoken.textContent()).toContain('One moment, please.');
  // It goes on by itself, as the audio does.
  await expect.poll(() => spoken.textContent()).toContain('Thank you.');

  await lines.getByText('Good morning').click();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect.poll(() => spoken.textContent()).toContain('I would like to know');

  await transcript.selectOption({ label: 'Creovai, en-US' });
  expect(await lines.getByRole('listitem').count()).toBe(2);
  expect(complaints).toEqual([]);
});

it('shows a transcript whose audio there is none of', async () => {
  const { id } = await givenCall(client, {
    transcripts: [{ system: 'BIRD', vendorId: 't-2', lines: [{ speaker: 'CUSTOMER', text: 'Hello?' }] }],
  });
  const { page, complaints } = await open(id);
  await page.getByText('Hello?').waitFor();
  await page.getByText('No vendor has reported a recording.').waitFor();
  expect(complaints).toEqual([]);
});

it('says that audio cannot be played yet, and plays it when the vendor has made it', async () => {
  await givenAccount(client, { system: 'BURKI', url: burki.url, sends: false });
  const { id } = await givenKnownCall(client, burki);
  const audio = burki.recordings.get(70) ?? expect.fail();
  audio.isProcessing = true;
  const { page } = await open(id);
  await page.getByText('It cannot be played now').waitFor();
  expect(await violations(page)).toEqual([]);
  audio.isProcessing = false;
  await page.getByRole('button', { name: 'Try again' }).click();
  const duration = () =>
    page.getByLabel('Audio', { exact: true }).evaluate((node) => String(Reflect.get(node, 'duration')));
  await expect.poll(duration).toBe('4');
});
