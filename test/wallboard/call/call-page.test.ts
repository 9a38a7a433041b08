import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { givenDelivery, givenSender, setDelivery } from '../../support/deliveries.js';
import { givenCall, upsertCall } from '../../support/documents.js';
import type { Client } from '../../support/gateway.js';
import { givenAccount } from '../../support/vendors/accounts.js';
import { type FakeBurki, openBurki } from '../../support/vendors/burki.js';
import { violations } from '../axe.js';
import { givenBoard } from '../wallboard-page.js';
import { givenKnownCall, mergeOf } from './known-call.js';

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

const open = (id: string, more: object = {}) =>
  board.open({ token: client.token, path: `/calls/${id}`, ...more });

it('shows side by side what each vendor knows, with costs, groups, parent and children', async () => {
  const { id } = await givenKnownCall(client, burki);
  const { page, complaints } = await open(id);
  const vendors = page.getByRole('article');
  await vendors.first().waitFor();
  expect(await vendors.getByRole('heading').allTextContents()).toEqual(['Burki', 'Creovai', 'vcita', 'Bird']);
  const known = { Burki: 'ServiceBot, 123', Creovai: 'session-7', vcita: 'source-1', Bird: 'channel-1' };
  for (const [name, text] of Object.entries(known)) {
    await page.getByRole('article', { name }).getByText(text).waitFor();
  }
  await page.getByText('0.05 USD').waitFor();
  await page.getByText('Ana B').waitFor();
  await page.getByRole('link', { name: '4711' }).waitFor();
  await page.getByText('Led to').waitFor();
  await page.getByRole('link', { name: '+351910648518 to +4930123456' }).click();
  await page.getByRole('heading', { level: 1 }).getByText('+4930123456').waitFor();
  expect(complaints).toEqual([]);
});

it('follows the call as it changes, to the call that it is joined into, and until it is erased', async () => {
  const references = [{ system: 'BIRD', name: 'id', value: 'live' }];
  const { id } = await givenCall(client, { references, from: '+351910648518', status: 'RINGING' });
  const other = await givenCall(client, { from: '+14155550100' });
  const { page, complaints } = await open(id, { path: `/calls/${id}?tab=history` });
  await page.getByRole('row', { name: 'status RINGING' }).waitFor();
  await upsertCall(client, { references, status: 'IN_PROGRESS' });
  await page.getByText('In progress', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Show 1 newer change' }).click();
  await page.getByRole('row', { name: 'status RINGING IN_PROGRESS' }).waitFor();
  await client.ask(
    'mutation ($id: ID!, $other: ID!) { joinCalls(call: { id: $other }, duplicate: { id: $id }) { errors { message } } }',
    { id, other: other.id },
  );
  await page.waitForURL(`**/calls/${other.id}?tab=history`);
  await page.getByRole('heading', { level: 1 }).getByText('+14155550100').waitFor();
  await client.ask('mutation ($id: ID!) { eraseCall(call: { id: $id }) { errors { message } } }', {
    id: other.id,
  });
  await page.getByText('This call was erased').waitFor();
  expect(complaints).toEqual([]);
});

it('says so where there is no such call', async () => {
  const { page } = await open('call_01h2xcejqtf2nbrexx3vqjhp41');
  await page.getByText('There is no such call').waitFor();
  await page.goto(new URL('/calls/nonsense', board.gateway.url).href);
  await page.getByRole('alert').getByText('The call could not be read').waitFor();
});

it('shows the history with before and after, and events in their own time', async () => {
  const { id } = await givenKnownCall(client, burki);
  const { page, complaints } = await open(id, { path: `/calls/${id}?tab=history` });
  const changes = page.getByRole('list', { name: 'Changes' }).locator('> li');
  await changes
    .filter({ hasText: 'Voice call created' })
    .getByRole('row', { name: /^status/ })
    .first()
    .waitFor();
  expect(await changes.first().textContent()).toContain('Event applied');
  await page.getByText('Events in their own time').click();
  const events = page.getByRole('list', { name: 'Events' }).locator('> li');
  await expect.poll(() => events.count()).toBe(3);
  expect(await events.nth(0).textContent()).toContain('crm-2');
  expect(await events.nth(1).textContent()).toMatch(/Came late.*crm-1/);
  expect(complaints).toEqual([]);
});

it('reads a long history a page after the other', async () => {
  const { id } = await givenCall(client);
  for (let at = 1; at <= 55; at++) await mergeOf(client, id, { at });
  const { page, complaints } = await open(id, { path: `/calls/${id}?tab=history` });
  const changes = page.getByRole('list', { name: 'Changes' }).locator('> li');
  await expect.poll(() => changes.count()).toBe(50);
  await page.getByText('50 of 56 changes').waitFor();
  await page.getByRole('button', { name: 'Older changes' }).click();
  await expect.poll(() => changes.count()).toBe(56);
  expect(await changes.last().textContent()).toContain('Registered');
  expect(complaints).toEqual([]);
});

it('says at each change whether every vendor has it, and sends a dead delivery again', async () => {
  const { id } = await givenCall(client, { references: [{ system: 'BURKI', name: 'id', value: '9' }] });
  const account = await givenSender(board.gateway.database, client, { name: 'Burki EU' });
  const delivery = await givenDelivery(board.gateway.database, account, id);
  const { page, complaints } = await open(id, { path: `/calls/${id}?tab=deliveries` });
  await page.getByText('0 of 1 have it, 1 did not get it').waitFor();
  await page.getByText('The vendor answered 422').waitFor();
  await page.getByRole('button', { name: 'Send again to Burki EU' }).click();
  await page.getByText('0 of 1 have it, 1 wait').waitFor();
  const { node } = await client.ask('query ($id: ID!) { node(id: $id) { ... on Delivery { state } } }', {
    id: delivery,
  });
  expect(node.state).toBe('PENDING');
  await mergeOf(client, id, { stage: 'closed' });
  await page.getByText('Metadata merged').waitFor();
  expect(complaints).toEqual([]);
});

it('says at each change of the history whether every vendor has it, as they come to have it', async () => {
  const { database } = board.gateway;
  const { id } = await givenCall(client, { references: [{ system: 'BURKI', name: 'id', value: '8' }] });
  await givenSender(database, client, { name: 'Burki EU' });
  await mergeOf(client, id, { stage: 'open' });
  await mergeOf(client, id, { stage: 'closed' });
  const { page, complaints } = await open(id, { path: `/calls/${id}?tab=history` });
  const changes = page.getByRole('list', { name: 'Changes' }).locator('> li');
  // The second change went along with the first one's delivery.
  await expect.poll(() => changes.filter({ hasText: '0 of 1 have it, 1 wait' }).count()).toBe(2);
  expect(await changes.nth(1).textContent()).toContain('Burki EUPending');
  expect(await changes.nth(2).textContent()).toContain('No vendor is sent this.');
  expect(await violations(page)).toEqual([]);
  await board.gateway.subscribers(2);
  const { call } = await client.ask('query ($id: ID!) { call(id: $id) { deliveries { nodes { id } } } }', {
    id,
  });
  const [delivery] = call.deliveries.nodes;
  await setDelivery(database, delivery.id, { state: 'DEAD' });
  await expect.poll(() => changes.filter({ hasText: '0 of 1 have it, 1 did not get it' }).count()).toBe(2);
  await setDelivery(database, delivery.id, { state: 'DELIVERED' });
  await expect.poll(() => changes.filter({ hasText: 'Every vendor has it' }).count()).toBe(2);
  expect(complaints).toEqual([]);
});

it('is read anew when the log was set back, and follows the call again', async () => {
  const references = [{ system: 'BIRD', name: 'id', value: 'set-back' }];
  const { id } = await givenCall(client, { references, status: 'RINGING' });
  const { page, complaints } = await open(id);
  await page.getByText('Ringing', { exact: true }).waitFor();
  await board.gateway.subscribers(1);
  await upsertCall(client, { references, status: 'IN_PROGRESS' });
  await page.getByText('In progress', { exact: true }).waitFor();
  // Like a standby that had not received it when it was promoted.
  await board.gateway.database.db.execute(sql`delete from call_changes where kind = 'UPDATED'`);
  await mergeOf(client, id, { stage: 'open' });
  await page.getByText('Read anew').waitFor();
  await upsertCall(client, { references, status: 'COMPLETED' });
  await page.getByText('Completed', { exact: true }).waitFor();
  expect(complaints).toEqual([]);
});

const TABS = ['overview', 'voice-call', 'metadata', 'history', 'flow', 'recordings', 'deliveries'];

describe.each([
  ['wide', { width: 1440, height: 900 }],
  ['narrow', { width: 390, height: 844 }],
])('%s', (_, viewport) => {
  it('every tab is accessible, in light and in dark, and nothing overflows', async () => {
    await givenAccount(client, { system: 'BURKI', url: burki.url, sends: false });
    const { id } = await givenKnownCall(client, burki);
    const account = await givenSender(board.gateway.database, client, { system: 'BIRD' });
    await givenDelivery(board.gateway.database, account, id);
    const { page, complaints } = await open(id, { viewport });
    for (const tab of TABS) {
      await page.goto(new URL(`/calls/${id}?tab=${tab}`, board.gateway.url).href);
      await page.getByRole('tabpanel').locator('section, li, form').first().waitFor();
      await expect.poll(() => page.getByLabel(/^(Loading|Reading)/).count()).toBe(0);
      expect(await violations(page), tab).toEqual([]);
      expect(
        await page.evaluate('document.documentElement.scrollWidth - innerWidth'),
        tab,
      ).toBeLessThanOrEqual(0);
    }
    expect(complaints).toEqual([]);
  });
});

it('moves between the tabs by the keyboard, and goes back through them', async () => {
  const { id } = await givenCall(client);
  const { page } = await open(id);
  await page.getByRole('tab', { name: 'Overview' }).focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await page.waitForURL('**?tab=voice-call');
  await page.getByRole('button', { name: 'Create the voice call' }).waitFor();
  await page.goBack();
  await page.getByText('No vendor has said what it cost.').waitFor();
});
