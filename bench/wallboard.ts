import { loadavg } from 'node:os';
import type { Browser } from 'playwright-core';
import { openBrowser } from '../test/support/browser/browser.js';
import { ORGANIZATION } from './compare/dataset.js';
import { loadDatabase } from './compare/load.js';
import { openClient } from './support/client.js';
import { type GatewayProcess, startGateway } from './support/gateway.js';
import { runProgram } from './support/lifetime.js';
import { readOptions } from './support/options.js';
import { openServer } from './support/postgres.js';
import { say, surroundings, table, writeReport } from './support/report.js';
import { figure, median } from './support/stats.js';
import { openWriter, type Writer, writeFast, writeSteadily } from './wallboard/changes.js';
import { filesOf, type LongTask, type ShownPage, showPage } from './wallboard/shown-page.js';

const options = readOptions({
  /** Of the organization; another one has as many. */
  calls: 100_000,
  rounds: 5,
  /** Changes a second, and for how long. */
  rate: 200,
  seconds: 30,
  /** In fast motion, for the memory. */
  changes: 20_000,
  /** Only shows the table. */
  dry: false,
});

/** Milliseconds: what holds a page up. */
const LONG = 50;
/** KiB. */
const BUNDLE = 250;

await runProgram(async (lifetime) => {
  const load = loadavg()[0] ?? 0;
  const server = await openServer(lifetime);
  const url = await server.createDatabase('wallboard');
  const seconds = await loadDatabase(lifetime, url, { calls: 2 * options.calls });
  say(`${2 * options.calls} calls loaded in ${figure(seconds)} s`);
  const gateway = await startGateway(lifetime, url, ORGANIZATION);
  const opening = openBrowser();
  lifetime.whenOver(async () => (await opening).close());
  const { browser } = await opening;

  const address = addressOf(gateway);
  const starts = await measureStarts(browser, address);
  const files = await loaded(browser, address);
  const bundle = sum([...files].filter(([name]) => !isMenus(name)).map(([, size]) => size));

  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const shown = await showPage(context, address);
  await shown.firstRow();
  const writer = await openWriter(openClient(lifetime, gateway, 4));
  await shown.page.waitForTimeout(2_000);
  const before = await shown.heap();
  await shown.takeLongTasks();
  const steady = await writeSteadily(writer, options.rate, options.seconds);
  await caughtUp(shown, writer);
  const tasks = (await shown.takeLongTasks()).map(({ duration }: LongTask) => duration);
  const afterSteady = await shown.heap();
  await shown.takeLongTasks();
  say(`${steady.changes} changes in ${figure(steady.seconds)} s`);
  const fast = await writeFast(writer, options.changes);
  await caughtUp(shown, writer);
  const fastTasks = (await shown.takeLongTasks()).map(({ duration }) => duration);
  const afterFast = await shown.heap();
  say(`${fast.changes} changes in ${figure(fast.seconds)} s`);

  const where = surroundings(server.version);
  const rows = [
    ['first call shown, cold cache, ms', figure(median(starts.cold))],
    ['first call shown, warm cache, ms', figure(median(starts.warm))],
    ['files until then by gzip, without the filter menus, KiB', figure(bundle)],
    [
      'the filter menus, KiB',
      figure(sum([...files].filter(([name]) => isMenus(name)).map(([, size]) => size))),
    ],
    [
      `tasks over ${LONG} ms under ${figure(steady.changes / steady.seconds)} changes a second, for ${options.seconds} s`,
      `${tasks.length}`,
    ],
    ['the longest of them, ms', figure(Math.max(0, ...tasks))],
    [
      `tasks over ${LONG} ms under ${figure(fast.changes / fast.seconds)} changes a second`,
      `${fastTasks.length}`,
    ],
    ['the longest of them, ms', figure(Math.max(0, ...fastTasks))],
    ['heap before, MB', figure(before)],
    [`heap after ${figure(steady.changes)} changes, MB`, figure(afterSteady)],
    [`heap after ${figure(steady.changes + fast.changes)} changes, MB`, figure(afterFast)],
  ];
  const text = [
    `${figure(options.calls)} calls, medians of ${options.rounds} starts. Node ${where.node}, PostgreSQL ${where.postgres}, ${where.cores} cores, which browser, gateway, Postgres and writer share, ${where.date}; the machine’s load before the run was ${figure(load)}.`,
    table(['', 'found'], rows),
  ].join('\n\n');
  const data = { ...where, load, options, starts, files: Object.fromEntries(files), tasks, fastTasks };
  if (options.dry) console.log(text);
  else
    await writeReport({
      name: 'wallboard',
      text,
      data: { ...data, steady, fast, heap: { before, afterSteady, afterFast } },
    });
  return bundle <= BUNDLE;
});

function addressOf({ url, token }: GatewayProcess): string {
  const address = new URL('/', url);
  address.hash = `key=${token}`;
  return address.href;
}

/** In a session of its own each, then once more with what the browser has kept of the files. */
async function measureStarts(browser: Browser, address: string) {
  const starts = { cold: [] as number[], warm: [] as number[] };
  for (let round = -1; round < options.rounds; round += 1) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const shown = await showPage(context, address);
    const cold = await shown.firstRow();
    await shown.page.reload();
    const warm = await shown.firstRow();
    await context.close();
    // The first round warms the gateway up.
    if (round < 0) continue;
    starts.cold.push(cold);
    starts.warm.push(warm);
    say(`first call after ${figure(cold)} ms, then after ${figure(warm)} ms`);
  }
  return starts;
}

async function loaded(browser: Browser, address: string): Promise<Map<string, number>> {
  const context = await browser.newContext();
  const files = await filesOf(context, address);
  await context.close();
  return files;
}

async function caughtUp({ page }: ShownPage, writer: Writer): Promise<void> {
  await page.locator(`[data-id="${await writer.last()}"]`).waitFor({ timeout: 120_000 });
}

function isMenus(name: string): boolean {
  return name.includes('filter-menus');
}

function sum(values: readonly number[]): number {
  return values.reduce((all, each) => all + each, 0);
}
