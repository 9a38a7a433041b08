import type { Page } from 'playwright-core';
import { beforeEach, expect, it } from 'vitest';
import { createVoiceCall, givenCall } from '../../support/documents.js';
import type { Client } from '../../support/gateway.js';
import { givenBoard } from '../wallboard-page.js';
import { changeVoiceCall, VOICE_CALL, voiceCallOf } from './known-call.js';

const board = givenBoard();
let client: Client;
beforeEach(async () => {
  client = await board.gateway.client();
});

const open = (id: string, tab: string) =>
  board.open({ token: client.token, path: `/calls/${id}?tab=${tab}` });
const price = (page: Page) => page.getByRole('textbox', { name: 'Price', exact: true });
const drafts = (page: Page): Promise<string[]> =>
  page.evaluate(`Object.keys(sessionStorage).filter((name) => name.startsWith('switchboard.draft'))`);

it('a voice call that is being changed is as it was after a reload, beside what changed meanwhile', async () => {
  const { id } = await givenCall(client);
  await createVoiceCall(client, { call: { id }, input: VOICE_CALL });
  const { page } = await open(id, 'voice-call');
  await price(page).fill('2.00');
  await expect.poll(() => drafts(page)).toHaveLength(1);
  await page.goto('about:blank');
  await changeVoiceCall(client, id, { clientUid: 'client-theirs' });
  await page.goto(new URL(`/calls/${id}?tab=voice-call`, board.gateway.url).href);
  await page.getByRole('group', { name: 'Client meanwhile' }).getByText('Taken up: client-theirs').waitFor();
  expect(await price(page).inputValue()).toBe('2.00');
  await page.getByRole('button', { name: 'Save again' }).click();
  await page.getByText('The voice call is saved.').waitFor();
  expect(await voiceCallOf(client, id)).toMatchObject({ price: '2.00', clientUid: 'client-theirs' });
  await expect.poll(() => drafts(page)).toEqual([]);
});

it('a new voice call is as it was after a reload', async () => {
  const { id } = await givenCall(client);
  const { page } = await open(id, 'voice-call');
  await page.getByRole('button', { name: 'Create the voice call' }).click();
  await price(page).fill('2.00');
  await expect.poll(() => drafts(page)).toHaveLength(1);
  await page.reload();
  await expect.poll(() => price(page).inputValue()).toBe('2.00');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect.poll(() => drafts(page)).toEqual([]);
});

it('edits of metadata outlive a reload, and no other person sees them', async () => {
  const { id } = await givenCall(client, { metadata: { stage: 'open', old: 1 } });
  const { page } = await open(id, 'metadata');
  const patch = async () =>
    JSON.parse((await page.getByRole('region', { name: 'The merge patch' }).textContent()) ?? '');
  await page.getByRole('button', { name: 'Remove old' }).click();
  await page.getByRole('button', { name: 'Edit stage' }).click();
  await page.getByLabel('Value').fill('closed');
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect.poll(patch).toEqual({ old: null, stage: 'closed' });
  await page.reload();
  await expect.poll(patch).toEqual({ old: null, stage: 'closed' });
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Key').waitFor();
  expect(await drafts(page)).toEqual([]);
  await page.getByLabel('Key').fill(client.token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect.poll(patch).toEqual({});
});

it('a flow that was sent without an answer is sent after a reload by the same request, and makes one flow', async () => {
  const { id } = await givenCall(client, {
    status: 'IN_PROGRESS',
    callFlow: [{ answer: {} }, { hangup: {} }],
  });
  const { page } = await open(id, 'flow');
  const panel = page.locator('.flow-panel');
  const keys: string[] = [];
  await page.route('**/graphql', async (route) => {
    const { operationName, variables } = route.request().postDataJSON();
    if (operationName !== 'ReplaceCallFlow') return route.continue();
    keys.push(variables.idempotencyKey);
    if (keys.length > 1) return route.continue();
    await route.fetch();
    return route.abort();
  });
  await panel.getByRole('button', { name: 'Edit', exact: true }).click();
  await panel.getByRole('button', { name: 'Remove step 1, Answer' }).click();
  await panel.getByRole('button', { name: 'Replace flow' }).click();
  await panel.getByText('No answer came').waitFor();
  await page.reload();
  await panel.getByRole('button', { name: 'Replace flow', exact: true }).click();
  await panel.getByRole('list', { name: 'Steps of flow 2' }).waitFor();
  expect(keys).toEqual([keys[0], keys[0]]);
  const { call } = await client.ask('query ($id: ID!) { call(id: $id) { callFlows { totalCount } } }', {
    id,
  });
  expect(call.callFlows.totalCount).toBe(2);
  await expect.poll(() => drafts(page)).toEqual([]);
});

it('what an older page has kept, and is no draft any more, is left alone', async () => {
  const { id } = await givenCall(client, { status: 'IN_PROGRESS', callFlow: [{ answer: {} }] });
  const { page } = await open(id, 'flow');
  await page.getByRole('button', { name: 'Edit', exact: true }).waitFor();
  await page.evaluate(
    `sessionStorage.setItem('switchboard.draft flow ${id}', '{"base":1,"steps":[{"command":"gone"}]}')`,
  );
  await page.reload();
  await page.getByRole('list', { name: 'Steps of flow 1' }).waitFor();
});
