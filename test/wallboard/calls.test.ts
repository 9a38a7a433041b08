import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { settled } from '../live/followers.js';
import { randomOf } from '../live/random.js';
import type { Client } from '../support/gateway.js';
import { violations } from './axe.js';
import {
  allRows,
  focusedId,
  givenCalls,
  idsOf,
  readList,
  reference,
  rowsOf,
  scrollTo,
} from './calls-world.js';
import { givenBoard } from './wallboard-page.js';

const board = givenBoard();
let writer: Client;

/** Calls of which 1 in 4 rings, in an organization of their own. @returns their ids, newest first */
async function world(count: number): Promise<string[]> {
  writer = await board.gateway.client();
  const ids = await givenCalls(
    writer,
    Array.from({ length: count }, (_, n) => ({
      references: [reference(`call ${n}`), { system: n % 2 ? 'BURKI' : 'BIRD', name: 'id', value: `${n}` }],
      status: n % 4 === 0 ? 'RINGING' : 'COMPLETED',
      direction: n % 3 === 0 ? 'OUTBOUND' : 'INBOUND',
      from: `+1555123${String(n).padStart(4, '0')}`,
      to: '+14155550000',
      duration: n,
      tags: ['vip', `team-${n % 3}`],
      assistant: { assistantId: `${n % 5}`, name: `Bot ${n % 5}` },
      cost: { total: '0.05', currency: 'USD' },
      startedAt: new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString(),
    })),
  );
  await settled(board.gateway);
  return ids.toReversed();
}

async function open(path = '/', options: { width?: number; height?: number } = {}) {
  const { width = 1440, height = 900 } = options;
  const opened = await board.open({
    ...{ token: writer.token, path, viewport: { width, height }, reducedMotion: 'reduce' },
  });
  return opened;
}

const PATIENCE = { timeout: 30_000, interval: 50 };
const firstRow = (page: Page) => page.locator('[aria-rowindex="2"]');
const changeCall = (id: string, input: object) =>
  writer.ask(
    'mutation ($call: CallLocator!, $input: UpdateCallInput!) { updateCall(call: $call, input: $input) { errors { message } } }',
    { call: { id }, input },
  );

describe('the table', () => {
  it('has the newest calls, reads on as one scrolls, and says how many there are', async () => {
    const ids = await world(250);
    const { page, complaints } = await open();
    await firstRow(page).waitFor();
    await page.getByText('250 calls').waitFor();
    expect(await page.getByRole('grid').getAttribute('aria-rowcount')).toBe('251');
    expect((await allRows(page, 250)).map(({ id }) => id)).toEqual(ids);
    expect(await page.locator('[role=row][data-id]').count()).toBeLessThan(80);
    expect(complaints).toEqual([]);
  });

  it('is walked through by the keyboard, and Enter opens a call', async () => {
    const ids = await world(150);
    const { page } = await open();
    await firstRow(page).focus();
    const focused = () => focusedId(page);
    const press = async (key: string, index: number) => {
      await page.keyboard.press(key);
      await expect.poll(focused, PATIENCE).toBe(ids[index]);
    };
    await press('ArrowDown', 1);
    await press('ArrowDown', 2);
    await press('ArrowUp', 1);
    await page.keyboard.press('PageDown');
    await expect.poll(async () => ids.indexOf((await focused()) ?? ''), PATIENCE).toBeGreaterThan(10);
    await press('PageUp', 1);
    await press('End', 99);
    await press('Home', 0);
    await press('ArrowDown', 1);
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/calls/${ids[1]}`);
    await page.goBack();
    await firstRow(page).waitFor();
  });

  it('is where it was on the way back from a call', async () => {
    const ids = await world(150);
    const { page } = await open();
    await firstRow(page).waitFor();
    await scrollTo(page, 1200);
    await page.locator(`[data-id="${ids[35]}"] .calls-when`).click();
    await page.waitForURL(`**/calls/${ids[35]}`);
    await givenCalls(writer, [{}, {}]);
    await page.goBack();
    await page.locator(`[data-id="${ids[35]}"]`).waitFor();
    expect(await page.evaluate("document.querySelector('[role=grid]').scrollTop")).toBe(1200);
    expect((await rowsOf(page)).map(({ id }) => id)).toContain(ids[30]);
    // What came meanwhile waits at the top.
    await page.getByRole('button', { name: '2 new calls' }).waitFor();
  });

  it('opens a call by a click on its row', async () => {
    const ids = await world(3);
    const { page } = await open();
    await page.locator('[aria-rowindex="3"] .calls-when').click();
    await page.waitForURL(`**/calls/${ids[1]}`);
  });
});

describe('filters', () => {
  it('are in the address: after a reload, and on the way back', async () => {
    await world(40);
    const { page } = await open();
    await page.getByText('40 calls').waitFor();
    await page.getByRole('button', { name: 'Status' }).click();
    await page.getByRole('checkbox', { name: 'Ringing' }).check();
    await page.keyboard.press('Escape');
    await page.getByText('10 calls').waitFor();
    expect(new URL(page.url()).search).toBe('?status=RINGING');
    await page.getByRole('searchbox', { name: 'Search' }).fill('5551230008');
    await page.getByText('1 call', { exact: true }).waitFor();
    await page.reload();
    await page.getByText('1 call', { exact: true }).waitFor();
    expect(await page.getByRole('searchbox', { name: 'Search' }).inputValue()).toBe('5551230008');
    expect(await page.getByRole('button', { name: 'Remove Status: Ringing' }).count()).toBe(1);
    await page.goBack();
    await page.getByText('10 calls').waitFor();
    expect(await page.getByRole('searchbox', { name: 'Search' }).inputValue()).toBe('');
    await page.goBack();
    await page.getByText('40 calls').waitFor();
    await page.goForward();
    await page.getByText('10 calls').waitFor();
    await page.getByRole('button', { name: 'Remove Status: Ringing' }).click();
    await page.getByText('40 calls').waitFor();
  });

  it('of each kind find what the gateway finds, with its counts in the menus', async () => {
    await world(40);
    const { page, complaints } = await open(
      '/?system=BURKI&tag=team-1&tag=team-2&direction=INBOUND&assistant=1&assistant=3&from=2026-01-01T00:05:00Z',
    );
    const filter = {
      ...{ system: ['BURKI'], tags: { anyOf: ['team-1', 'team-2'] }, direction: ['INBOUND'] },
      or: [{ assistantId: '1' }, { assistantId: '3' }],
      occurredAt: { from: '2026-01-01T00:05:00Z' },
    };
    const found = (await readList(writer, filter)).map(({ id }) => id);
    expect(found.length).toBeGreaterThan(2);
    await expect.poll(() => idsOf(page), PATIENCE).toEqual(found);
    await page.getByRole('button', { name: 'Assistant: 2' }).click();
    const menu = page.getByRole('dialog', { name: 'Assistant: 2' });
    await menu.getByRole('checkbox', { name: 'Bot 3' }).waitFor();
    const counts = await menu.locator('.calls-count').allTextContents();
    expect(counts.reduce((sum, text) => sum + Number(text), 0)).toBe(
      (await readList(writer, { ...filter, or: undefined })).length,
    );
    expect(complaints).toEqual([]);
  });

  it('keep to a group, as a link of a call does', async () => {
    const ids = await world(6);
    const change = { addGroups: [{ kind: 'case', key: 'A 1' }] };
    for (const id of ids.slice(2, 4)) await changeCall(id, change);
    const { page } = await open('/?groupKind=case&group=A+1');
    await page.getByText('2 calls').waitFor();
    await expect.poll(() => idsOf(page)).toEqual(ids.slice(2, 4));
    await page.getByRole('button', { name: 'Remove case A 1' }).click();
    await page.getByText('6 calls').waitFor();
  });

  it('that find nothing are said, and cleared by one button', async () => {
    await world(3);
    const { page } = await open('/?tag=unknown&recording=yes');
    await page.getByText('No calls match.').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Clear all filters' }).click();
    await page.getByText('3 calls').waitFor();
    expect(new URL(page.url()).search).toBe('');
  });
});

describe('live', () => {
  it('calls enter, change and leave', async () => {
    const [, second, third] = await world(12);
    const { page, complaints } = await open('/?status=RINGING&status=COMPLETED');
    await firstRow(page).waitFor();
    const [entered] = await givenCalls(writer, [{ status: 'RINGING' }]);
    await expect.poll(async () => (await idsOf(page))[0], PATIENCE).toBe(entered);
    await changeCall(third ?? '', { status: 'COMPLETED', duration: 75 });
    await page.locator(`[data-id="${third}"]`).getByText('1:15').waitFor();
    await changeCall(entered ?? '', { status: 'BUSY' });
    await expect.poll(() => idsOf(page), PATIENCE).not.toContain(entered);
    await page.getByText('12 calls').waitFor();
    await writer.ask('mutation ($id: ID!) { eraseCall(call: { id: $id }) { errors { message } } }', {
      id: second,
    });
    await expect.poll(() => idsOf(page), PATIENCE).not.toContain(second);
    expect(complaints).toEqual([]);
  });

  it('nothing moves under the pointer, and what waits is said', async () => {
    const ids = await world(60);
    const { page } = await open();
    await firstRow(page).waitFor();
    const box = await page.locator(`[data-id="${ids[3]}"]`).boundingBox();
    await page.mouse.move((box?.x ?? 0) + 60, (box?.y ?? 0) + 20);
    const before = await rowsOf(page);
    await givenCalls(writer, [{}, {}, {}]);
    await page.getByRole('button', { name: '3 new calls' }).waitFor();
    expect((await rowsOf(page)).map(({ id, top }) => [id, top])).toEqual(
      before.map(({ id, top }) => [id, top]),
    );
    // A change of a row that stays is shown at once.
    await changeCall(ids[3] ?? '', { status: 'BUSY' });
    await page.locator(`[data-id="${ids[3]}"]`).getByText('Busy').waitFor();
    await page.mouse.move(5, 5);
    await expect.poll(async () => (await idsOf(page))[3], PATIENCE).toBe(ids[0]);
  });

  it('nothing moves while a row is in focus or scrolled, until the button is pressed', async () => {
    const ids = await world(120);
    const { page } = await open();
    await firstRow(page).focus();
    await page.keyboard.press('ArrowDown');
    const [newest] = await givenCalls(writer, [{}]);
    const button = page.getByRole('button', { name: '1 new call' });
    await button.waitFor();
    expect((await idsOf(page))[0]).toBe(ids[0]);
    await scrollTo(page, 900);
    await button.focus();
    await button.press('Enter');
    await expect.poll(async () => (await idsOf(page))[0], PATIENCE).toBe(newest);
    await expect.poll(() => focusedId(page), PATIENCE).toBe(newest);
  });

  it('in another order rows change in place, and newer calls wait', async () => {
    await world(20);
    const { page } = await open('/?order=DURATION');
    const longest = (await readList(writer, null, { field: 'DURATION', direction: 'DESC' })).map(
      ({ id }) => id,
    );
    await expect.poll(() => idsOf(page), PATIENCE).toEqual(longest);
    await changeCall(longest[4] ?? '', { status: 'BUSY' });
    await page.locator(`[data-id="${longest[4]}"]`).getByText('Busy').waitFor();
    const [entered] = await givenCalls(writer, [{ duration: 9_999 }]);
    const button = page.getByRole('button', { name: '1 newer call: show' });
    await button.waitFor();
    await expect.poll(() => idsOf(page)).toEqual(longest);
    await button.click();
    await expect.poll(() => idsOf(page), PATIENCE).toEqual([entered, ...longest]);
  });

  it('that has grown by itself to thousands of calls begins anew with its first page', async () => {
    await world(5);
    const { page, complaints } = await open();
    await firstRow(page).waitFor();
    const rows = () =>
      page.evaluate<number>("document.querySelector('.calls-body').getBoundingClientRect().height / 40");
    let longest = 0;
    for (let batch = 0; batch < 11; batch += 1) {
      const made = await givenCalls(
        writer,
        Array.from({ length: 200 }, () => ({ status: 'RINGING' })),
      );
      await page.locator(`[data-id="${made.at(-1)}"]`).waitFor();
      longest = Math.max(longest, await rows());
    }
    expect(longest).toBeGreaterThan(1_500);
    await expect.poll(rows, PATIENCE).toBeLessThan(500);
    const newest = (await readList(writer, null)).slice(0, 10).map(({ id }) => id);
    expect((await idsOf(page)).slice(0, 10)).toEqual(newest);
    expect(complaints).toEqual([]);
  });

  it('under many changes at once it is the same as the list read anew', async () => {
    const ids = await world(200);
    const filter = { status: ['RINGING', 'IN_PROGRESS'] };
    const { page, complaints } = await open('/?status=RINGING&status=IN_PROGRESS');
    await page.getByText('50 calls').waitFor();
    const random = randomOf(1);
    const statuses = ['RINGING', 'IN_PROGRESS', 'COMPLETED', 'BUSY'];
    for (let round = 0; round < 10; round += 1) {
      const changed = new Set(Array.from({ length: 90 }, () => random.below(ids.length)));
      await givenCalls(writer, [
        ...[...changed].map((n) => ({ references: [reference(`call ${n}`)], status: random.of(statuses) })),
        ...Array.from({ length: 10 }, () => ({ status: random.of(statuses) })),
      ]);
    }
    const [last] = await givenCalls(writer, [{ status: 'RINGING' }]);
    await expect.poll(async () => (await idsOf(page))[0], PATIENCE).toBe(last);
    const expected = await readList(writer, filter);
    const rows = (list: { id: string; revision: number }[]) => list.map(({ id, revision }) => [id, revision]);
    // What has left fades where nothing holds it, and scrolling holds it: so again, until it has faded at the top.
    const seen = async () => rows(await allRows(page, expected.length));
    await expect.poll(seen, { timeout: 30_000, interval: 500 }).toEqual(rows(expected));
    expect(complaints).toEqual([]);
  });
});

describe.each([
  ['wide', 1440, 900],
  ['narrow', 390, 844],
])('a %s page', (_, width, height) => {
  it('has nothing that axe finds, and does not overflow', async () => {
    await world(30);
    const { page, complaints } = await open('/?status=RINGING&tag=vip', { width, height });
    await firstRow(page).waitFor();
    expect(await violations(page)).toEqual([]);
    if (width < 600) {
      expect(await page.getByRole('button', { name: 'Remove Status: Ringing' }).count()).toBe(0);
      await page.getByRole('button', { name: 'Filters: 2' }).focus();
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Remove Status: Ringing' }).waitFor();
    }
    await page.getByRole('button', { name: 'Vendor' }).click();
    await page.getByRole('checkbox', { name: 'Bird' }).waitFor();
    expect(await violations(page)).toEqual([]);
    const overflow = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
    expect(overflow).toBeLessThanOrEqual(0);
    expect(complaints).toEqual([]);
  });
});
