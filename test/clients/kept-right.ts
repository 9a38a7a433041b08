import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { openCuttableProxy } from '../live/cuttable-proxy.js';
import { randomOf } from '../live/random.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { LiveWrites } from './live-writes.js';
import type { ListTarget, ShownCall, ShownList } from './shown-list.js';

const FIRST = 5;
const ROUNDS = 3;
const WRITES = 15;
const CUTS = 4;

interface Case {
  filter: object | null;
  marker: object;
}

/** With a call that enters each list, so that a test can wait for all that was written before it. */
const CASES: [name: string, each: Case][] = [
  ['all calls', { filter: null, marker: {} }],
  ['calls by status', { filter: { status: ['RINGING', 'IN_PROGRESS'] }, marker: { status: 'RINGING' } }],
  ['calls by metadata', { filter: { metadata: { hasKeys: ['case'] } }, marker: { metadata: { case: 3 } } }],
];

/** What the short tests try. */
export const ONE = { cases: CASES.slice(1, 2), seeds: [1] };

async function readAnew(client: Client, filter: object | null): Promise<ShownCall[]> {
  const calls: ShownCall[] = [];
  for (let after: string | null = null; ; ) {
    const { calls: page } = await client.ask(
      `query ($filter: CallFilter, $first: Int, $after: String) { calls(filter: $filter, first: $first, after: $after) {
        nodes { id status metadata revision } pageInfo { hasNextPage endCursor } } }`,
      { filter, first: FIRST, after },
    );
    calls.push(...page.nodes);
    if (!page.pageInfo.hasNextPage) return calls;
    after = page.pageInfo.endCursor;
  }
}

/** The list ends with its last call, unless it has no next page. */
function shouldShow(list: ShownList, all: ShownCall[]): ShownCall[] {
  const last = list.calls().at(-1);
  if (!list.hasNextPage()) return all;
  return last === undefined ? [] : all.filter(({ id }) => id >= last.id);
}

export function keepsListsRight(
  client: string,
  open: (target: ListTarget) => ShownList,
  { cases = CASES, seeds = [1, 2, 3] }: { cases?: typeof CASES; seeds?: number[] } = {},
): void {
  describe.each([
    ['a whole connection', 0],
    ['one that is cut', CUTS],
  ])(`${client} keeps a filtered list in pages as one that is read anew, over %s`, (_, cuts) => {
    let gateway: TestGateway;
    beforeAll(async () => {
      gateway = await openTestGateway();
    });
    afterAll(() => gateway.close());

    describe.each(cases)('of %s', (_, { filter, marker }) => {
      it.each(seeds)('with the writes of seed %i', async (seed) => {
        const writer = await gateway.client();
        const writes = new LiveWrites(writer, seed);
        await writes.newCalls(22);
        const { port, pathname } = new URL(gateway.url);
        const proxy = await openCuttableProxy(() => Number(port));
        onTestFinished(proxy.close);
        const liveUrl = `http://127.0.0.1:${proxy.port}${pathname}`;
        const list = open({ url: gateway.url, liveUrl, token: writer.token, filter, first: FIRST });
        onTestFinished(() => list.close());
        const random = randomOf(seed);
        const cut = async () => {
          for (let count = 0; count < cuts; count += 1) {
            await proxy.cut(random.below(3_000), random.of(['end', 'reset']));
          }
        };
        await list.loadMore();
        for (let round = 0; round < ROUNDS; round += 1) {
          // A page that is read while calls change may be older than what was sent meanwhile.
          await Promise.all([writes.some(WRITES), round > 0 ? list.loadMore() : null, cut()]);
          await caughtUp(list, await writes.newCall(marker));
          expect(list.calls()).toEqual(shouldShow(list, await readAnew(writer, filter)));
        }
        while (list.hasNextPage()) await list.loadMore();
        expect(list.calls()).toEqual(await readAnew(writer, filter));
        await writes.some(WRITES);
        await caughtUp(list, await writes.newCall(marker));
        expect(list.calls()).toEqual(await readAnew(writer, filter));
      });
    });
  });
}

/** What was written before this call has been sent before it. */
async function caughtUp(list: ShownList, newest: string): Promise<void> {
  if (list.calls().length === 0 && list.hasNextPage()) await list.loadMore();
  await vi.waitFor(() => expect(list.calls().map(({ id }) => id)).toContain(newest), {
    timeout: 60_000,
    interval: 5,
  });
}
