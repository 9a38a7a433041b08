import { gzipSync } from 'node:zlib';
import type { BrowserContext, CDPSession, Page } from 'playwright-core';
import { taskTimes } from './task-times.js';

/** In the page, before all else: when the first row was there. */
const WATCH = `
  const look = () => {
    if (document.querySelector('[role=row][data-id]') === null) requestAnimationFrame(look);
    else window.firstRow = performance.now();
  };
  requestAnimationFrame(look);
`;

/** The watch looks in the next frame. */
const FIRST_ROW = `new Promise((resolve) => {
  const look = () => (window.firstRow === undefined ? requestAnimationFrame(look) : resolve(window.firstRow));
  look();
})`;

/** Of the page's main thread, in milliseconds. */
export interface Worked {
  /** Processor time of each task. */
  tasks: number[];
  /** How long each took with the waiting for a processor, which other programs use too. */
  passed: number[];
}

/** The wallboard in a browser, and what it measures of itself. */
export interface ShownPage {
  page: Page;
  /** Milliseconds from the start of the navigation until the first call is shown. */
  firstRow(): Promise<number>;
  /** What the page does meanwhile. */
  during(work: () => Promise<unknown>): Promise<Worked>;
  /** MB in use, after the garbage is collected. */
  heap(): Promise<number>;
}

export async function showPage(context: BrowserContext, address: string): Promise<ShownPage> {
  const page = await context.newPage();
  await page.addInitScript(WATCH);
  await page.goto(address);
  const session = await context.newCDPSession(page);
  return {
    page,
    firstRow: async () => {
      await page.locator('[role=row][data-id]').first().waitFor();
      return Number(await page.evaluate(FIRST_ROW));
    },
    during: async (work) => {
      const browser = context.browser();
      if (browser === null) throw new Error('the browser is there');
      await browser.startTracing(page, { categories: ['toplevel'] });
      await work();
      return taskTimes(await browser.stopTracing());
    },
    heap: () => heapOf(session),
  };
}

async function heapOf(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  return usedSize / 1_000_000;
}

/** KiB by gzip. */
export interface Loaded {
  /** What must be there before the first call is shown. */
  first: number;
  /** With what it loads meanwhile or afterwards by itself. */
  all: number;
}

/** What a page loads by itself. */
export async function filesOf(context: BrowserContext, address: string): Promise<Loaded> {
  const files = new Map<string, Buffer>();
  const bodies: Promise<void>[] = [];
  const page = await context.newPage();
  page.on('response', (response) => {
    const { pathname } = new URL(response.url());
    if (!/^\/$|\.(js|css)$/.test(pathname)) return;
    bodies.push(response.body().then((body) => void files.set(pathname, body)));
  });
  await page.goto(address);
  await page.locator('[role=row][data-id]').first().waitFor();
  await page.waitForLoadState('networkidle');
  await Promise.all(bodies);
  await page.close();
  const sizeOf = (names: Iterable<string>) =>
    [...names].reduce((size, name) => size + gzipSync(files.get(name) ?? '', { level: 9 }).length, 0) / 1_024;
  return { first: sizeOf(firstOf(files)), all: sizeOf(files.keys()) };
}

/** The page and its list of calls, with the scripts that they import, and all styles. */
function firstOf(files: ReadonlyMap<string, Buffer>): Set<string> {
  const found = new Set<string>([...files.keys()].filter((name) => name.endsWith('.css')));
  const take = (name: string) => {
    if (found.has(name) || !files.has(name)) return;
    found.add(name);
    for (const [, other] of String(files.get(name)).matchAll(
      /(?:from|import|src=)\s*"[^"]*?([\w-]+\.js)"/g,
    )) {
      take(`/wallboard/${other}`);
    }
  };
  take('/');
  for (const name of files.keys()) if (name.includes('/calls-page')) take(name);
  return found;
}
