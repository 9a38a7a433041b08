import { sql } from 'drizzle-orm';
import { expect, it, onTestFinished } from 'vitest';
import { openCuttableProxy } from '../live/cuttable-proxy.js';
import { settled } from '../live/followers.js';
import type { Client } from '../support/gateway.js';
import { givenCalls, idsOf, readList } from './calls-world.js';
import { givenBoard } from './wallboard-page.js';

const board = givenBoard();
let writer: Client;

const PATIENCE = { timeout: 60_000, interval: 50 };

async function world(count: number): Promise<string[]> {
  writer = await board.gateway.client();
  const ids = await givenCalls(
    writer,
    Array.from({ length: count }, () => ({ status: 'RINGING' })),
  );
  await settled(board.gateway);
  return ids.toReversed();
}

it('a cut is said, and what was missed is caught up without a reload', async () => {
  const ids = await world(15);
  let port: number | undefined = Number(new URL(board.gateway.url).port);
  const proxy = await openCuttableProxy(() => port);
  onTestFinished(proxy.close);
  const { page } = await board.open({
    ...{
      url: `http://127.0.0.1:${proxy.port}/`,
      token: writer.token,
      path: '/?status=RINGING',
      reducedMotion: 'reduce',
    },
  });
  await expect.poll(() => idsOf(page), PATIENCE).toEqual(ids);
  await board.gateway.subscribers(1);
  await page.evaluate('window.isSamePage = true');

  const there = port;
  port = undefined;
  while (proxy.isOpen()) await proxy.cut(0, 'reset');
  await page.getByText('The connection is cut').waitFor();
  const [entered] = await givenCalls(writer, [{ status: 'RINGING' }]);
  await writer.ask(
    'mutation ($call: CallLocator!) { updateCall(call: $call, input: { status: BUSY }) { errors { message } } }',
    { call: { id: ids[2] } },
  );
  await expect.poll(() => idsOf(page)).toEqual(ids);

  port = there;
  const expected = (await readList(writer, { status: ['RINGING'] })).map(({ id }) => id);
  expect(expected).toContain(entered);
  await expect.poll(() => idsOf(page), PATIENCE).toEqual(expected);
  await page.getByText('The connection is cut').waitFor({ state: 'detached' });
  expect(await page.evaluate('window.isSamePage')).toBe(true);
});

it('when the log was set back, the list is read anew, and the page says so', async () => {
  const ids = await world(5);
  const { page } = await board.open({
    ...{ token: writer.token, reducedMotion: 'reduce' },
  });
  await expect.poll(() => idsOf(page), PATIENCE).toEqual(ids);
  await board.gateway.subscribers(1);
  const merge = (n: number) =>
    writer.ask(
      'mutation ($call: CallLocator!, $metadata: JSONObject!) { mergeCallMetadata(call: $call, metadata: $metadata) { errors { message } } }',
      { call: { id: ids[0] }, metadata: { n } },
    );
  await merge(1);
  await page.locator(`[data-id="${ids[0]}"] [data-revision="2"]`).waitFor();
  // Like a standby that had not received it when it was promoted.
  await board.gateway.database.db.execute(sql`delete from call_changes where kind = 'METADATA_MERGED'`);
  const [entered] = await givenCalls(writer, [{}]);
  await page.getByText('Read anew').waitFor();
  await expect.poll(() => idsOf(page), PATIENCE).toEqual([entered, ...ids]);
  await merge(2);
  await page.locator(`[data-id="${ids[0]}"] [data-revision="3"]`).waitFor();
});
