import { expect, it } from 'vitest';
import { createVoiceCall, givenCall } from '../../support/documents.js';
import { violations } from '../axe.js';
import { givenBoard } from '../wallboard-page.js';
import { metadataOf, VOICE_CALL, voiceCallOf } from './known-call.js';

const board = givenBoard();

it('a key that may only read learns so before it writes, and why what it sends is refused', async () => {
  const organization = 'onlookers';
  const writer = await board.gateway.client({ organization });
  const reader = await board.gateway.client({ organization, scopes: ['CALLS_READ'] });
  const { id } = await givenCall(writer, {
    status: 'IN_PROGRESS',
    metadata: { stage: 'open' },
    callFlow: [{ answer: {} }, { hangup: {} }],
  });
  await createVoiceCall(writer, { call: { id }, input: VOICE_CALL });
  const { page, complaints } = await board.open({ token: reader.token, path: `/calls/${id}?tab=voice-call` });
  const tab = page.getByRole('tabpanel').filter({ visible: true });
  const says = (scope: string) =>
    Promise.all([
      tab.getByText(`lacks the scope ${scope}: the gateway refuses`).waitFor(),
      tab.getByText(`This API key lacks the scope ${scope}.`).waitFor(),
    ]);

  await tab.getByRole('textbox', { name: 'Price', exact: true }).fill('9.00');
  await tab.getByRole('button', { name: 'Save' }).click();
  await says('VOICE_CALLS_WRITE');
  expect(await violations(page)).toEqual([]);

  await page.getByRole('tab', { name: 'Metadata' }).click();
  await tab.getByRole('button', { name: 'Edit stage' }).click();
  await tab.getByLabel('Value').fill('closed');
  await tab.getByRole('button', { name: 'Apply' }).click();
  await tab.getByRole('button', { name: 'Merge' }).click();
  await says('METADATA_WRITE');
  // What was written is still there, and not shown as merged.
  await tab.getByRole('region', { name: 'The merge patch' }).getByText('"closed"').waitFor();

  await page.getByRole('tab', { name: 'Flow' }).click();
  await tab.getByRole('button', { name: 'Edit', exact: true }).click();
  await tab.getByRole('button', { name: 'Remove step 1, Answer' }).click();
  await tab.getByRole('button', { name: 'Replace flow' }).click();
  await says('CALL_FLOWS_WRITE');

  expect(await voiceCallOf(writer, id)).toMatchObject({ price: '1.50' });
  expect(await metadataOf(writer, id)).toEqual({ stage: 'open' });
  const { call } = await writer.ask('query ($id: ID!) { call(id: $id) { callFlow { revision } } }', { id });
  expect(call.callFlow.revision).toBe(1);
  expect(complaints).toEqual([]);
});
