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
import { filesOf, type Loaded, type ShownPage, showPage } from './wallboard/shown-page.js';

const options = readOptions({
  /** Of the organization; another one has as many. */
  calls: 100_000,
  rounds: 5,
  /** Changes a second, and for how long. */
  rate: 200,
  seconds: 30,
  /** Changes a second of an hour that is written as fast as the page shows it, for the memory. */
  hourly: 20,
  /** Only shows the table. */
  dry: false,
});

/** Milliseconds: what holds a page up. */
const LONG = 50;
/** KiB. */
const BUNDLE = 250;
const HOUR = 3_600;
/** How often the memory is looked at in the hour. */
const LOOKS = 12;
/** How much more than in the middle of the hour it may be at its end. */
const GROWTH = 1.15;

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

  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const shown = await showPage(context, address);
  await shown.firstRow();
  const writer = await openWriter(openClient(lifetime, gateway, 4));
  await shown.page.waitForTimeout(2_000);
  const before = await shown.heap();
  let steady = { changes: 0, seconds: 0 };
  const { tasks, passed } = await shown.during(async () => {
    steady = await writeSteadily(writer, options.rate, options.seconds);
    await caughtUp(shown, writer);
  });
  say(`${steady.changes} changes in ${figure(steady.seconds)} s`);
  const heaps = await hourOf(shown, writer);

  const where = surroundings(server.version);
  const rows = [
    ['first call shown, cold cache, ms', figure(median(starts.cold))],
    ['first call shown, warm cache, ms', figure(median(starts.warm))],
    ['files that must be there by then, by gzip, KiB', figure(files.first)],
    ['with those that it loads meanwhile: the filter menus and notifications', figure(files.all)],
    [
      `tasks that take over ${LONG} ms of a processor under ${figure(steady.changes / steady.seconds)} changes a second, for ${options.seconds} s`,
      `${longOf(tasks).length}`,
    ],
    ['the longest of them all, ms of a processor', figure(Math.max(0, ...tasks))],
    ['what a change takes of a processor, ms', figure(sum(tasks) / steady.changes)],
    [`tasks over ${LONG} ms with the waiting for a processor`, `${longOf(passed).length}`],
    ['heap before, MB', figure(before)],
    ...heaps.map(({ changes, heap }) => [
      `after ${changes.toLocaleString('en')} changes of the hour`,
      figure(heap),
    ]),
  ];
  const text = [
    `${figure(options.calls)} calls, medians of ${options.rounds} starts. Node ${where.node}, PostgreSQL ${where.postgres}, ${where.cores} cores, which browser, gateway, Postgres and writer share, ${where.date}; the machine’s load before the run was ${figure(load)}.`,
    table(['', 'found'], rows),
  ].join('\n\n');
  const data = { ...where, load, options, starts, files, heaps };
  if (options.dry) console.log(text);
  else
    await writeReport({
      name: 'wallboard',
      text,
      data: { ...data, steady, longest: Math.max(0, ...tasks) },
    });
  const [middle, end] = [heaps[LOOKS / 2 - 1], heaps.at(-1)].map((look) => look?.heap ?? 0);
  return files.first <= BUNDLE && (end ?? 0) <= GROWTH * (middle ?? 0);
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

async function loaded(browser: Browser, address: string): Promise<Loaded> {
  const context = await browser.newContext();
  const files = await filesOf(context, address);
  await context.close();
  return files;
}

/** Writes an hour's changes as fast as the page shows them. @returns what it uses of the memory, MB */
async function hourOf(shown: ShownPage, writer: Writer) {
  const heaps: { changes: number; heap: number }[] = [];
  const each = (HOUR * options.hourly) / LOOKS;
  for (let look = 1; look <= LOOKS; look += 1) {
    const { seconds } = await writeFast(writer, each);
    await caughtUp(shown, writer);
    const heap = await shown.heap();
    heaps.push({ changes: look * each, heap });
    say(`${look * each} changes, ${figure(each / seconds)} a second: ${figure(heap)} MB`);
  }
  return heaps;
}

function longOf(tasks: readonly number[]): number[] {
  return tasks.filter((task) => task > LONG);
}

async function caughtUp({ page }: ShownPage, writer: Writer): Promise<void> {
  await page.locator(`[data-id="${await writer.last()}"]`).waitFor({ timeout: 120_000 });
}

function sum(values: readonly number[]): number {
  return values.reduce((all, each) => all + each, 0);
}
