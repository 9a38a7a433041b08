import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { createVoiceCall, givenCall } from '../support/documents.js';
import type { Client } from '../support/gateway.js';
import { violations } from './axe.js';
import { givenBoard } from './wallboard-page.js';

const USD = (total: string) => ({ total, currency: 'USD' });
/** Two of them on another day in New York, and one in Auckland. */
const CALLS = [
  { startedAt: '2024-01-15T02:00:00Z', status: 'COMPLETED', duration: 60, cost: USD('0.10'), tags: ['vip'] },
  { startedAt: '2024-01-15T12:00:00Z', status: 'COMPLETED', duration: 120, cost: USD('0.20'), tags: ['vip'] },
  { startedAt: '2024-01-15T13:00:00Z', status: 'NO_ANSWER', metadata: { customer: { tier: 'gold' } } },
  {
    startedAt: '2024-01-17T03:00:00Z',
    status: 'COMPLETED',
    duration: 300,
    cost: { total: '1.5', currency: 'EUR' },
  },
  { startedAt: '2024-01-10T12:00:00Z', status: 'COMPLETED', duration: 30 },
];
const ADDRESS = '/figures?from=2024-01-14&to=2024-01-18&zone=UTC';
const RANGE = { from: '2024-01-14T00:00:00Z', to: '2024-01-19T00:00:00Z' };

const board = givenBoard();
let client: Client;
beforeAll(async () => {
  client = await board.gateway.client();
  for (const { metadata = {}, ...call } of CALLS) {
    await givenCall(client, { ...call, metadata, assistant: { assistantId: '123', name: 'ServiceBot' } });
  }
  const staffed = await givenCall(client, { startedAt: '2024-01-16T12:00:00Z' });
  await createVoiceCall(client, {
    call: { id: staffed.id },
    input: {
      staffUid: 'ann',
      clientUid: 'client',
      fromNumber: '+14155550148',
      toNumber: '+14155550901',
      direction: 'INBOUND',
      status: 'ANSWERED_BY_STAFF',
      provider: 'VONAGE',
      sourceId: 'source',
      externalUuid: 'external',
      duration: 45,
    },
  });
});

const openFigures = (path = ADDRESS, options = {}) => board.open({ token: client.token, path, ...options });

interface Row {
  keys: (string | null)[];
  calls: number;
  duration: { median: number | null; p95: number | null };
}

async function statistics(timeZone: string, by: object[]): Promise<Row[]> {
  const { callStatistics } = await client.ask(
    `query ($filter: CallFilter, $timeZone: String!, $by: [CallDimensionInput!]) {
      callStatistics(filter: $filter, timeZone: $timeZone, by: $by) { keys calls duration { median p95 } }
    }`,
    { filter: { occurredAt: RANGE }, timeZone, by },
  );
  return callStatistics;
}

const openTable = (page: Page, title: string) =>
  page.getByRole('button', { name: `Table of ${title}` }).click();

/** The cells of a chart's table, row by row. */
async function tableOf(page: Page, title: string): Promise<string[][]> {
  const rows = await page
    .getByRole('region', { name: `Rows of ${title}` })
    .locator('tbody tr')
    .all();
  return Promise.all(rows.map((row) => row.locator('th, td').allTextContents()));
}

/** Days with their calls. */
async function daysOf(page: Page): Promise<Record<string, number>> {
  const rows = await tableOf(page, 'Calls by day');
  return Object.fromEntries(
    rows.map(([day, calls]) => [day, Number(calls)]).filter(([, calls]) => calls !== 0),
  );
}

it('shows the figures of callStatistics, days without calls as well', async () => {
  const { page, complaints } = await openFigures();
  await openTable(page, 'Calls by day');
  expect(await tableOf(page, 'Calls by day')).toHaveLength(5);
  const days = await statistics('UTC', [{ occurredAt: 'DAY' }]);
  expect(await daysOf(page)).toEqual(
    Object.fromEntries(days.map(({ keys: [day], calls }) => [day?.slice(0, 10), calls])),
  );
  await openTable(page, 'Calls by status');
  expect((await tableOf(page, 'Calls by status')).map(([name, calls]) => [name, calls])).toEqual(
    (await statistics('UTC', [{ field: 'STATUS' }]))
      .sort((one, other) => other.calls - one.calls)
      .map(({ keys: [status], calls }) => [
        `${status?.[0]}${status?.slice(1).toLowerCase().replaceAll('_', ' ')}`,
        String(calls),
      ]),
  );
  await openTable(page, 'Durations by day');
  expect(await tableOf(page, 'Durations by day')).toContainEqual(['2024-01-15', '1:30', '1:57']);
  await openTable(page, 'Costs by day');
  expect(await tableOf(page, 'Costs by day')).toContainEqual(['2024-01-17', '1.5', '0']);
  await page.getByRole('definition').filter({ hasText: '1.5 EUR, 0.30 USD' }).waitFor();
  expect(complaints).toEqual([]);
});

it('goes by the calendar of the time zone, at first the one of the reader', async () => {
  const { page, complaints } = await openFigures('/figures?from=2024-01-14&to=2024-01-18', {
    timezoneId: 'America/New_York',
  });
  const zone = page.getByRole('combobox', { name: 'Time zone' });
  await expect.poll(() => zone.inputValue()).toBe('America/New_York');
  await openTable(page, 'Calls by day');
  await expect.poll(() => daysOf(page)).toEqual({ '2024-01-14': 1, '2024-01-15': 2, '2024-01-16': 2 });
  await zone.fill('Auckland');
  await page.getByRole('option', { name: 'Pacific/Auckland' }).click();
  await expect.poll(() => daysOf(page)).toEqual({ '2024-01-15': 1, '2024-01-16': 2, '2024-01-17': 2 });
  expect(new URL(page.url()).searchParams.get('zone')).toBe('Pacific/Auckland');
  expect(complaints).toEqual([]);
});

it('groups by staff, assistant and metadata, filters, and compares, all in the address', async () => {
  const { page, complaints } = await openFigures();
  await page.getByLabel('By value').selectOption({ label: 'Staff' });
  await openTable(page, 'Calls by staff');
  await expect
    .poll(() => tableOf(page, 'Calls by staff'))
    .toEqual([
      ['None', '4', '75 %', '2:00', '4:42', '1.5 EUR, 0.30 USD'],
      ['ann', '1', '100 %', '0:45', '0:45', '–'],
    ]);
  await page.getByLabel('By value').selectOption({ label: 'Assistant' });
  await expect
    .poll(async () => (await tableOf(page, 'Calls by assistant')).map(([name]) => name))
    .toContain('ServiceBot');
  await page.getByLabel('By value').selectOption({ label: 'Metadata' });
  await page.getByLabel('Path into the metadata').fill('customer.tier');
  await expect
    .poll(async () =>
      (await tableOf(page, 'Calls by metadata customer.tier')).map(([name, calls]) => [name, calls]),
    )
    .toEqual([
      ['None', '4'],
      ['gold', '1'],
    ]);
  await page.getByRole('combobox', { name: 'Tag' }).click();
  await page.getByRole('option', { name: 'vip (2)' }).click();
  await page.getByLabel('Compare with the time before').check();
  await openTable(page, 'Calls by day');
  await expect.poll(() => daysOf(page)).toEqual({ '2024-01-15': 2 });
  await page.getByText('before: 0', { exact: true }).waitFor();
  const { searchParams } = new URL(page.url());
  expect(Object.fromEntries(searchParams)).toMatchObject({
    ...{ by: 'METADATA', path: 'customer.tier', tag: 'vip', compare: '' },
  });
  await page.reload();
  await page.getByText('before: 0', { exact: true }).waitFor();
  expect(complaints).toEqual([]);
});

it('saves a table as CSV, and the calls themselves', async () => {
  const { page, complaints } = await openFigures(ADDRESS, {
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  await openTable(page, 'Calls by day');
  await page.getByRole('button', { name: 'Copy as CSV' }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  expect(await page.evaluate('navigator.clipboard.readText()')).toContain('2024-01-15,3,');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export the calls' }).click(),
  ]);
  const lines = (await readFile(await download.path(), 'utf8')).trim().split('\r\n');
  expect(lines).toHaveLength(6);
  expect(complaints).toEqual([]);
});

it('says why there are no figures', async () => {
  const { page, complaints } = await openFigures('/figures?from=2020-01-01&to=2020-01-02&zone=UTC');
  await expect.poll(() => page.getByText('No calls in this time.').count()).toBe(2);
  await page.getByText('No call of this time has a cost.').waitFor();
  await page.goto(new URL('/figures?by=METADATA&path=a.b.c.d.e.f.g.h.i.j.k', board.gateway.url).href);
  await page.getByRole('alert').getByText('must have 1 to 10 items, not 11').waitFor();
  expect(complaints).toEqual([]);
});

it.each([1440, 390])('has nothing that axe finds, %i pixels wide, and does not overflow', async (width) => {
  const { page, complaints } = await openFigures(`${ADDRESS}&compare=`, {
    viewport: { width, height: 844 },
  });
  await openTable(page, 'Calls by day');
  await page.getByRole('img', { name: /^Costs by day/ }).waitFor();
  expect(await violations(page)).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
  expect(complaints).toEqual([]);
});
