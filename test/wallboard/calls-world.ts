import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Client } from '../support/gateway.js';

const UPSERT = `mutation ($inputs: [UpsertCallInput!]!) {
  upsertCalls(inputs: $inputs) { call { id } errors { message } }
}`;

/** Writes calls in one request. @returns their ids, oldest first */
export async function givenCalls(client: Client, inputs: readonly object[]): Promise<string[]> {
  const { upsertCalls } = await client.ask(UPSERT, {
    inputs: inputs.map((input) => ({ references: [reference(randomUUID())], ...input })),
  });
  return upsertCalls.map(({ call, errors }: { call: { id: string }; errors: { message: string }[] }) => {
    expect(errors).toEqual([]);
    return call.id;
  });
}

export const reference = (value: string) => ({ system: 'OTHER', name: 'test', value });

export interface ReadCall {
  id: string;
  revision: number;
  status: string;
}

/** The list of a filter, read page by page. */
export async function readList(client: Client, filter: object | null, orderBy?: object): Promise<ReadCall[]> {
  const found: ReadCall[] = [];
  for (let after: string | null = null; ; ) {
    const { calls } = await client.ask(
      `query ($filter: CallFilter, $orderBy: CallOrder, $after: String) {
        calls(filter: $filter, orderBy: $orderBy, after: $after, first: 200) {
          nodes { id revision status } pageInfo { hasNextPage endCursor }
        }
      }`,
      { filter, orderBy, after },
    );
    found.push(...calls.nodes);
    if (!calls.pageInfo.hasNextPage) return found;
    after = calls.pageInfo.endCursor;
  }
}

export interface SeenRow {
  id: string;
  revision: number;
  status: string;
  /** From 0. */
  index: number;
  top: number;
}

/** The rows that are there, from the top. */
export const rowsOf = (page: Page): Promise<SeenRow[]> => page.evaluate(ROWS);

const ROWS = `[...document.querySelectorAll('[role=row][data-id]')]
  .map((row) => ({
    id: row.dataset.id,
    revision: Number(row.querySelector('[data-revision]')?.dataset.revision),
    status: row.querySelector('.calls-status')?.textContent ?? '',
    index: Number(row.getAttribute('aria-rowindex')) - 2,
    top: row.getBoundingClientRect().top,
  }))
  .sort((one, other) => one.index - other.index)`;

/** The call of the row in focus. */
export const focusedId = (page: Page): Promise<string | undefined> =>
  page.evaluate('document.activeElement?.dataset.id');

export const idsOf = async (page: Page): Promise<string[]> => (await rowsOf(page)).map(({ id }) => id);

/** @param top pixels */
export const scrollTo = (page: Page, top: number): Promise<void> =>
  page.evaluate(`document.querySelector('[role=grid]').scrollTo({ top: ${top} })`);

/** All rows of the table, by scrolling through it. */
export async function allRows(page: Page, count: number): Promise<SeenRow[]> {
  const found = new Map<number, SeenRow>();
  for (let top = 0; found.size < count; top += 400) {
    await scrollTo(page, top);
    const index = Math.min(count - 1, Math.floor(top / 40));
    await page.locator(`[aria-rowindex="${index + 2}"]`).waitFor();
    for (const row of await rowsOf(page)) found.set(row.index, row);
    if (top > (count + 20) * 40) break;
  }
  await scrollTo(page, 0);
  return [...found.values()].sort((one, other) => one.index - other.index);
}
