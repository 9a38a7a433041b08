import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { onTestFinished } from 'vitest';

export interface WallboardPage {
  page: Page;
  /** What a browser complains of, and requests to other hosts. */
  complaints: string[];
  close(): Promise<void>;
}

/** Milliseconds. */
const PATIENCE = 180_000;

/** Opens a page of the wallboard in a session of its own, signed in by the key in the address, as the start prints it. */
export async function openWallboard(
  browser: Browser,
  url: string,
  { token, path = '/', ...options }: BrowserContextOptions & { token?: string; path?: string } = {},
): Promise<WallboardPage> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  onTestFinished(() => context.close());
  // Where a machine has much else to do, a page takes its time.
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    const { host, protocol } = new URL(request.url());
    if (!['data:', 'blob:'].includes(protocol) && host !== new URL(url).host) complaints.push(request.url());
  });
  const address = new URL(path, url);
  if (token !== undefined) address.hash = `key=${token}`;
  await page.goto(address.href);
  return { page, complaints, close: () => context.close() };
}
