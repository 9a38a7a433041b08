import { gzipSync } from 'node:zlib';
import type { BrowserContext, CDPSession, Page } from 'playwright-core';

/** In the page, before all else: when the first row was there, and the tasks that held the page up. */
const WATCH = `
  window.longTasks = [];
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) window.longTasks.push({ startTime, duration });
  }).observe({ type: 'longtask', buffered: true });
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

export interface LongTask {
  /** Milliseconds, from the start of the page. */
  startTime: number;
  duration: number;
}

/** The wallboard in a browser, and what it measures of itself. */
export interface ShownPage {
  page: Page;
  /** Milliseconds from the start of the navigation until the first call is shown. */
  firstRow(): Promise<number>;
  /** Since the last call. */
  takeLongTasks(): Promise<LongTask[]>;
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
    takeLongTasks: () => page.evaluate('window.longTasks.splice(0)'),
    heap: () => heapOf(session),
  };
}

async function heapOf(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  return usedSize / 1_000_000;
}

/** The files that a page loads until its first call is shown, with their sizes by gzip in KiB. */
export async function filesOf(context: BrowserContext, address: string): Promise<Map<string, number>> {
  const files = new Map<string, number>();
  const bodies: Promise<void>[] = [];
  const page = await context.newPage();
  page.on('response', (response) => {
    const { pathname } = new URL(response.url());
    if (!/^\/$|\.(js|css)$/.test(pathname)) return;
    bodies.push(
      response.body().then((body) => {
        files.set(pathname, gzipSync(body, { level: 9 }).length / 1_024);
      }),
    );
  });
  await page.goto(address);
  await page.locator('[role=row][data-id]').first().waitFor();
  await page.waitForLoadState('networkidle');
  await Promise.all(bodies);
  await page.close();
  return files;
}
