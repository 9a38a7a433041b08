import { beforeEach, expect, it } from 'vitest';
import { createVoiceCall, givenCall } from '../../support/documents.js';
import type { Client } from '../../support/gateway.js';
import { violations } from '../axe.js';
import { givenBoard } from '../wallboard-page.js';
import { beforeSending } from './held-requests.js';
import { changeVoiceCall, VOICE_CALL, voiceCallOf } from './known-call.js';

const board = givenBoard();
let client: Client;
beforeEach(async () => {
  client = await board.gateway.client();
});

const open = (id: string) => board.open({ token: client.token, path: `/calls/${id}?tab=voice-call` });

async function givenVoiceCall(): Promise<string> {
  const { id } = await givenCall(client);
  await createVoiceCall(client, { call: { id }, input: VOICE_CALL });
  return id;
}

it('shows what changed meanwhile beside the fields, when another client was faster', async () => {
  const id = await givenVoiceCall();
  const { page, complaints } = await open(id);
  await page.getByRole('textbox', { name: 'Staff member', exact: true }).fill('staff-mine');
  await page.getByRole('textbox', { name: 'Price', exact: true }).fill('2.00');
  await beforeSending(page, 'UpdateVoiceCall', () =>
    changeVoiceCall(client, id, { staffUid: 'staff-theirs', status: 'MISSED_CALL_HANDLED' }),
  );
  await page.getByRole('button', { name: 'Save' }).click();

  const staff = page.getByRole('group', { name: 'Staff member meanwhile' });
  await staff.getByText('Theirs now: staff-theirs, before: staff-kim').waitFor();
  await page
    .getByRole('group', { name: 'Status meanwhile' })
    .getByText('Taken up: Missed call handled')
    .waitFor();
  expect(await page.getByRole('textbox', { name: 'Staff member', exact: true }).inputValue()).toBe(
    'staff-mine',
  );
  const again = page.getByRole('button', { name: 'Save again' });
  expect(await again.isDisabled()).toBe(true);
  expect(await voiceCallOf(client, id)).toMatchObject({ staffUid: 'staff-theirs', price: '1.50' });
  expect(await violations(page)).toEqual([]);

  await staff.getByRole('button', { name: 'Keep mine' }).click();
  await again.click();
  await page.getByText('The voice call is saved.').waitFor();
  expect(await voiceCallOf(client, id)).toMatchObject({
    staffUid: 'staff-mine',
    status: 'MISSED_CALL_HANDLED',
    price: '2.00',
  });
  expect(complaints).toEqual([]);
});

it('shows what another client changes while the form is filled in, and takes theirs where it is asked to', async () => {
  const id = await givenVoiceCall();
  const { page } = await open(id);
  await page.getByRole('textbox', { name: 'Client', exact: true }).fill('client-mine');
  await changeVoiceCall(client, id, { clientUid: 'client-theirs' });
  const change = page.getByRole('group', { name: 'Client meanwhile' });
  await change.getByRole('button', { name: 'Take theirs' }).click();
  await expect
    .poll(() => page.getByRole('textbox', { name: 'Client', exact: true }).inputValue())
    .toBe('client-theirs');
  await page.getByRole('textbox', { name: 'Price', exact: true }).fill('3.00');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('The voice call is saved.').waitFor();
  expect(await voiceCallOf(client, id)).toMatchObject({ clientUid: 'client-theirs', price: '3.00' });
});

it('follows others while nothing is changed here', async () => {
  const id = await givenVoiceCall();
  const { page } = await open(id);
  await page.getByRole('textbox', { name: 'Client', exact: true }).waitFor();
  await changeVoiceCall(client, id, { clientUid: 'client-theirs' });
  await expect
    .poll(() => page.getByRole('textbox', { name: 'Client', exact: true }).inputValue())
    .toBe('client-theirs');
  expect(await page.getByText('It has changed meanwhile').count()).toBe(0);
});

it('shows refusals beside the fields that they name', async () => {
  const id = await givenVoiceCall();
  const { page } = await open(id);
  await page.getByRole('textbox', { name: 'Source id', exact: true }).fill('s'.repeat(501));
  await page.getByRole('button', { name: 'Save' }).click();
  const describes = async (label: string) => {
    const ids =
      (await page.getByRole('textbox', { name: label, exact: true }).getAttribute('aria-describedby')) ?? '';
    const texts = ids.split(' ').map((each) => page.locator(`[id="${each}"]`).allTextContents());
    return (await Promise.all(texts)).flat().join(' ');
  };
  await expect.poll(() => describes('Source id')).toContain('500');
  await page.getByRole('textbox', { name: 'Source id', exact: true }).fill('source-2');
  await page.getByRole('textbox', { name: 'From', exact: true }).fill('no number');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect.poll(() => describes('From')).toContain('number');
});

it('creates a voice call where there is none, by the keyboard alone', async () => {
  const { id } = await givenCall(client, { from: '+14155550148', to: '+14155550901', direction: 'INBOUND' });
  const { page, complaints } = await open(id);
  await page.getByRole('button', { name: 'Create the voice call' }).press('Enter');
  await page.getByRole('textbox', { name: 'Staff member', exact: true }).focus();
  for (const [label, text] of [
    ['Staff member', 'staff-kim'],
    ['Handled by', ''],
    ['Client', 'client-ana'],
    ['Duration', '61'],
  ] as const) {
    await page.getByRole('textbox', { name: label, exact: true }).and(page.locator(':focus')).waitFor();
    await page.keyboard.type(text);
    await page.keyboard.press('Tab');
  }
  await page.getByRole('textbox', { name: 'Source id', exact: true }).focus();
  await page.keyboard.type('source-9');
  await page.keyboard.press('Tab');
  await page.keyboard.type('external-9');
  await page.keyboard.press('Enter');
  await page.getByText('The voice call is created.').waitFor();
  await page.getByText('Revision 1', { exact: false }).first().waitFor();
  expect(await voiceCallOf(client, id)).toMatchObject({
    staffUid: 'staff-kim',
    clientUid: 'client-ana',
    revision: 1,
  });
  expect(complaints).toEqual([]);
});
