import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { createMatchRule, other, recordCallEvent, upserted } from '../events/events.js';
import { givenDelivery, setDelivery } from '../support/deliveries.js';
import { uuidIn } from '../support/events.js';
import type { Client } from '../support/gateway.js';
import { givenImport } from '../support/imports.js';
import { givenAccount } from '../support/vendors/accounts.js';
import { violations } from './axe.js';
import { givenBoard } from './wallboard-page.js';

const NARROW = { width: 390, height: 844 };

const board = givenBoard();

const open = (client: Client, path: string) => board.open({ token: client.token, path });

/** It sends nothing by itself, and a request of it reaches nothing. */
const givenBurki = (client: Client) =>
  givenAccount(client, { system: 'BURKI', name: 'Front desk', url: 'http://127.0.0.1:1', sends: false });

const stateOf = async (client: Client, id: string) =>
  (await client.ask('query ($id: ID!) { node(id: $id) { ... on Delivery { state } } }', { id })).node.state;

describe('deliveries', () => {
  it('are found by their state in the address, given up and sent again, and change in their place', async () => {
    const client = await board.gateway.client();
    const account = await givenBurki(client);
    const call = await upserted(client, { references: [other('delivered')], from: '+14155550100' });
    const dead = await givenDelivery(board.gateway.database, account.id, call.id);
    const { page, complaints } = await open(client, '/deliveries?state=DEAD');
    const row = page.getByRole('row').filter({ hasText: 'Front desk' });
    await row.getByText('The vendor answered 422').waitFor();
    expect(await violations(page)).toEqual([]);
    await row.getByRole('button', { name: 'Discard' }).click();
    await row.getByText('Discarded').waitFor();
    expect(await stateOf(client, dead)).toBe('DISCARDED');
    await row.getByRole('button', { name: 'Replay' }).click();
    await row.getByText('Pending').waitFor();
    await setDelivery(board.gateway.database, dead, { state: 'RETRYING' });
    await row.getByText('Retrying').waitFor();
    await page.getByRole('button', { name: 'read anew' }).click();
    await page.getByText('Nothing is delivered').waitFor();
    await page.setViewportSize(NARROW);
    expect(await violations(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });
});

describe('accounts', () => {
  it('show what waits and what failed, are paused and tested, and replay what was given up', async () => {
    const client = await board.gateway.client();
    const account = await givenBurki(client);
    const call = await upserted(client, { references: [other('account')] });
    const dead = await givenDelivery(board.gateway.database, account.id, call.id);
    const { page, complaints } = await open(client, '/accounts');
    const card = page.getByRole('article', { name: 'Front desk' });
    await card.getByText('1 given up').waitFor();
    expect(await violations(page)).toEqual([]);
    await card.getByRole('button', { name: 'Pause' }).click();
    await card.getByText('Paused').waitFor();
    await card.getByRole('button', { name: 'Resume' }).click();
    await card.getByText('Active').waitFor();
    await card.getByRole('button', { name: 'Test' }).click();
    await page.getByText(/connect|reach/i).waitFor();
    await card.getByRole('button', { name: 'Replay' }).click();
    await card.getByText('None given up').waitFor();
    expect(await stateOf(client, dead)).toBe('PENDING');
    await page.setViewportSize(NARROW);
    expect(await violations(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it('show how far an import has come, and cancel it', async () => {
    const client = await board.gateway.client();
    const account = await givenBurki(client);
    const callImport = await givenImport(board.gateway.database, account.id);
    const { page } = await open(client, '/accounts');
    const imports = page.getByRole('region', { name: 'Imports of Front desk' });
    await imports.getByText('Running: 3 read, 3 new').waitFor();
    await board.gateway.subscribers(2);
    await board.gateway.database.db.execute(sql`update call_imports set seen = 5, total = 10
      where id = ${uuidIn(callImport)}`);
    await imports.getByRole('button', { name: 'Cancel' }).click();
    await imports.getByText('Canceled: 5 of 10 read').waitFor();
    await imports.getByRole('button', { name: 'Import' }).waitFor();
  });
});

describe('the inbox', () => {
  it('shows why an event waits, and the call that a person chooses gets it', async () => {
    const client = await board.gateway.client();
    const [one] = await Promise.all(
      ['one', 'two'].map((name) => upserted(client, { references: [other(name)], from: '+14155550177' })),
    );
    await createMatchRule(client, { name: 'caller', metadataPath: ['ani'], callField: 'FROM' });
    const { event } = await recordCallEvent(client, {
      eventTime: new Date().toISOString(),
      eventId: 'undecided',
      metadata: { ani: '+14155550177', mood: 'glad' },
    });
    expect(event.match).toBe('AMBIGUOUS');
    const { page, complaints } = await open(client, '/inbox');
    const card = page.getByRole('article', { name: 'Event undecided' });
    await card.getByText('Several calls fit.').waitFor();
    expect(await card.getByRole('row').count()).toBe(3);
    expect(await violations(page)).toEqual([]);
    const row = card.getByRole('row').filter({ has: page.locator(`a[href="/calls/${one.id}"]`) });
    await row.getByRole('button', { name: 'It is this call' }).click();
    await card.getByText('Its call is found.').waitFor();
    const { call } = await client.ask('query ($id: ID!) { call(id: $id) { metadata } }', { id: one.id });
    expect(call.metadata).toEqual({ ani: '+14155550177', mood: 'glad' });
    expect(complaints).toEqual([]);
  });

  it('says that newer ones wait, assigns to a call that is searched for, and dismisses', async () => {
    const client = await board.gateway.client();
    await upserted(client, { references: [other('sought')], from: '+14155550133', to: '+14155550901' });
    const { page } = await open(client, '/inbox');
    await page.getByText('Every event has found its call.').waitFor();
    await board.gateway.subscribers(1);
    for (const sessionId of ['unknown-1', 'unknown-2']) {
      await recordCallEvent(client, {
        target: { sessionId },
        eventTime: new Date().toISOString(),
        metadata: { from: sessionId },
      });
    }
    await page.getByRole('button', { name: '2 newer: show' }).click();
    const [first, second] = ['unknown-1', 'unknown-2'].map((name) =>
      page.getByRole('article', { name: `Session ${name}` }),
    );
    if (first === undefined || second === undefined) throw new Error('there are two events');
    await first.getByLabel('Another call').fill('0133');
    await page.getByRole('option', { name: /\+14155550133/ }).click();
    await first.getByRole('button', { name: 'Assign' }).click();
    await first.getByText('Its call is found.').waitFor();
    await second.getByRole('button', { name: 'Dismiss' }).click();
    await second.getByText('It is withdrawn.').waitFor();
  });
});
