import type { Locator, Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { givenCall, hangUpCall, recordCallFlowProgress, replaceCallFlow } from '../support/documents.js';
import type { Client } from '../support/gateway.js';
import { violations } from './axe.js';
import { givenBoard } from './wallboard-page.js';

const COMMANDS = [
  { answer: {} },
  { gather: { maxNumKeys: 1, say: { text: 'Press 1 for sales.', locale: 'en-GB' } } },
  { bridge: { to: '+14155550901', conditions: [{ variable: 'keys', value: '1' }] } },
  { hangup: {} },
];

const board = givenBoard();
let client: Client;
beforeAll(async () => {
  client = await board.gateway.client();
});

const givenFlow = () => givenCall(client, { status: 'IN_PROGRESS', callFlow: COMMANDS });

const openFlow = (callId: string, options = {}) =>
  board.open({
    token: client.token,
    path: `/calls/${callId}?tab=flow`,
    ...options,
  });

/** What is beside it on the page is not looked at. */
const panel = (page: Page) => page.locator('.flow-panel');
const button = (page: Page, name: string) => panel(page).getByRole('button', { name, exact: true });
const draft = (page: Page) => panel(page).getByRole('list', { name: 'Steps of the draft' });
const stepsOf = (page: Page, revision: number) =>
  panel(page).getByRole('list', { name: `Steps of flow ${revision}` });
const diagramOf = (page: Page) => panel(page).getByRole('figure');

async function flowsOf(callId: string) {
  const { call } = await client.ask(
    `query ($id: ID!) {
      call(id: $id) {
        callFlow { revision commands { command ... on SayCommand { text } ... on BridgeCommand { ringTimeout } } }
        callFlows { totalCount }
      }
    }`,
    { id: callId },
  );
  const { callFlow, callFlows } = call;
  const names = callFlow.commands.map(({ command }: { command: string }) => command);
  return { ...callFlow, names, count: callFlows.totalCount };
}

/** Goes there by the keyboard, as far as it takes. */
async function tabTo(page: Page, target: Locator, key = 'Tab') {
  await target.waitFor();
  for (let presses = 0; presses < 150; presses += 1) {
    if ((await target.and(page.locator(':focus')).count()) === 1) return;
    await page.keyboard.press(key);
  }
  throw new Error('the keyboard does not lead there');
}

it('shows a flow, and the statuses of its steps as they come', async () => {
  const call = await givenFlow();
  const { page, complaints } = await openFlow(call.id);
  const steps = stepsOf(page, 1).getByRole('listitem');
  await expect.poll(() => steps.allInnerTexts()).toHaveLength(4);
  const diagram = diagramOf(page);
  await diagram.getByText('if keys = 1').waitFor();
  expect(await steps.nth(2).innerText()).toMatch(/3\. Bridge if keys = 1\s+\+14155550901\s+accepted/i);
  const [answer, , bridge] = call.callFlow.commands;
  await recordCallFlowProgress(client, {
    callFlow: call.callFlow.id,
    commands: [
      { id: answer.id, status: 'COMPLETED' },
      { id: bridge.id, status: 'FAILED' },
    ],
  });
  await steps.nth(0).getByText('Completed').waitFor();
  await steps.nth(2).getByText('Failed').waitFor();
  await diagram.getByText('Failed').waitFor();
  // Another client's flow comes by itself, and the one before is kept.
  await replaceCallFlow(client, { call: { id: call.id }, commands: [{ hangup: {} }] });
  await stepsOf(page, 2).getByText('Hangup').waitFor();
  await button(page, 'Show flow 1').click();
  await steps.nth(2).getByText('Failed').waitFor();
  await button(page, 'Use as a draft').click();
  await expect.poll(() => draft(page).getByRole('listitem').count()).toBe(4);
  expect(complaints).toEqual([]);
});

it('replaces a flow by the keyboard alone', async () => {
  const call = await givenFlow();
  const { page, complaints } = await openFlow(call.id);
  await tabTo(page, button(page, 'Edit'));
  await page.keyboard.press('Enter');
  await tabTo(page, button(page, 'Move step 1, Answer down'));
  await page.keyboard.press('Enter');
  // The focus stays with the step that moves.
  await tabTo(page, button(page, 'Move step 2, Answer up'), 'Shift+Tab');
  await page.keyboard.press('Enter');
  await tabTo(page, button(page, 'Remove step 4, Hangup'));
  await page.keyboard.press('Enter');
  await tabTo(
    page,
    panel(page).getByRole('group', { name: 'Add a step' }).getByRole('button', { name: 'Say' }),
  );
  await page.keyboard.press('Enter');
  await tabTo(page, panel(page).getByRole('textbox', { name: 'Text' }));
  await page.keyboard.type('Nobody is here.');
  await tabTo(page, button(page, 'Replace flow'), 'Shift+Tab');
  await page.keyboard.press('Enter');
  await stepsOf(page, 2).getByText('Nobody is here.').waitFor();
  const { names, commands } = await flowsOf(call.id);
  expect(names).toEqual(['ANSWER', 'GATHER', 'BRIDGE', 'SAY']);
  expect(commands[3].text).toBe('Nobody is here.');
  expect(complaints).toEqual([]);
});

it('moves steps by dragging them, and adds one where it is dropped', async () => {
  const call = await givenFlow();
  const { page, complaints } = await openFlow(call.id);
  await button(page, 'Edit').click();
  await draft(page).waitFor();
  const box = (title: string) => diagramOf(page).getByText(title);
  const at = async (locator: Locator) => {
    const found = await locator.boundingBox();
    if (found === null) throw new Error('it is not shown');
    return { x: found.x + 10, y: found.y + found.height / 2 };
  };
  const from = await at(box('1. Answer'));
  const to = await at(box('4. Hangup'));
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  // A drag begins after the first pixels.
  await page.mouse.move(from.x, from.y + 4);
  await page.mouse.move(from.x, to.y + 30, { steps: 5 });
  await page.mouse.up();
  await box('4. Answer').waitFor();
  const palette = panel(page).getByRole('group', { name: 'Add a step' });
  await palette.getByRole('button', { name: 'Ringing' }).dragTo(diagramOf(page), {
    targetPosition: { x: 20, y: 2 },
  });
  await box('1. Ringing').waitFor();
  await button(page, 'Replace flow').click();
  await stepsOf(page, 2).waitFor();
  expect((await flowsOf(call.id)).names).toEqual(['RINGING', 'GATHER', 'BRIDGE', 'HANGUP', 'ANSWER']);
  expect(complaints).toEqual([]);
});

it('shows what is wrong at its field: before it is sent, and what the gateway refuses', async () => {
  const call = await givenFlow();
  const { page, complaints } = await openFlow(call.id);
  let sent = 0;
  page.on('request', (request) => {
    if (request.postData()?.includes('"ReplaceCallFlow"')) sent += 1;
  });
  await button(page, 'Edit').click();
  await button(page, 'Edit step 3, Bridge').click();
  const ringTimeout = panel(page).getByLabel('Ring timeout');
  await ringTimeout.fill('2');
  await panel(page).getByText('A whole number, 3 to 120.').waitFor();
  await button(page, 'Close step 3, Bridge').click();
  await button(page, 'Replace flow').click();
  await ringTimeout.and(page.locator(':focus')).waitFor();
  expect(await ringTimeout.getAttribute('aria-invalid')).toBe('true');
  expect(await violations(page)).toEqual([]);
  await ringTimeout.fill('20');
  await button(page, 'Close step 3, Bridge').click();
  await button(page, 'Edit step 2, Gather').click();
  expect(sent).toBe(0);
  const text = panel(page).getByRole('textbox', { name: 'Text' });
  await text.fill('x'.repeat(4097));
  await button(page, 'Close step 2, Gather').click();
  await button(page, 'Replace flow').click();
  await panel(page).getByText('text may have at most 4096 characters.').waitFor();
  expect(await text.getAttribute('aria-invalid')).toBe('true');
  await text.fill('Press 1.');
  await button(page, 'Replace flow').click();
  await stepsOf(page, 2).waitFor();
  expect((await flowsOf(call.id)).commands[2].ringTimeout).toBe(20);
  expect(complaints).toEqual([]);
});

it('sends the same request again after a lost answer, so that it makes one flow', async () => {
  const call = await givenFlow();
  const { page } = await openFlow(call.id);
  const keys: string[] = [];
  await page.route('**/graphql', async (route) => {
    const { operationName, variables } = route.request().postDataJSON();
    if (operationName !== 'ReplaceCallFlow') return route.continue();
    keys.push(variables.idempotencyKey);
    if (keys.length > 1) return route.continue();
    await route.fetch();
    return route.abort();
  });
  await button(page, 'Edit').click();
  await button(page, 'Remove step 1, Answer').click();
  await button(page, 'Replace flow').click();
  await panel(page).getByText('No answer came').waitFor();
  expect((await flowsOf(call.id)).count).toBe(2);
  await button(page, 'Replace flow').click();
  await stepsOf(page, 2).waitFor();
  expect(await flowsOf(call.id)).toMatchObject({
    count: 2,
    revision: 2,
    names: ['GATHER', 'BRIDGE', 'HANGUP'],
  });
  expect(keys).toHaveLength(2);
  expect(new Set(keys).size).toBe(1);
  await button(page, 'Edit').click();
  await button(page, 'Remove step 1, Gather').click();
  await button(page, 'Replace flow').click();
  await stepsOf(page, 3).waitFor();
  expect(new Set(keys).size).toBe(2);
});

it('says that another flow is active by now, and that the call has ended', async () => {
  const call = await givenFlow();
  const { page, complaints } = await openFlow(call.id);
  await button(page, 'Edit').click();
  await replaceCallFlow(client, { call: { id: call.id }, commands: [{ hangup: {} }] });
  await panel(page).getByText('Flow 2 is active by now').waitFor();
  await button(page, 'Replace flow').click();
  await panel(page).getByText('Another flow is active by now').waitFor();
  await button(page, 'Replace flow 2 by it').click();
  await hangUpCall(client, { id: call.id });
  await panel(page).getByText('no longer replaced').waitFor();
  await button(page, 'Replace flow').click();
  // Above the panel, and as the gateway's answer.
  await expect.poll(() => panel(page).getByText('The call has ended', { exact: true }).count()).toBe(2);
  expect((await flowsOf(call.id)).revision).toBe(2);
  await button(page, 'Discard').click();
  await stepsOf(page, 2).waitFor();
  expect(await button(page, 'Edit').count()).toBe(0);
  expect(complaints).toEqual([]);
});

it.each([1440, 390])('has nothing that axe finds, %i pixels wide, and does not overflow', async (width) => {
  const call = await givenFlow();
  const { page, complaints } = await openFlow(call.id, { viewport: { width, height: 844 } });
  await stepsOf(page, 1).waitFor();
  expect(await violations(page)).toEqual([]);
  await button(page, 'Edit').click();
  await button(page, 'Edit step 3, Bridge').click();
  expect(await violations(page)).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
  expect(complaints).toEqual([]);
});
