import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { openBrowser, type TestBrowser } from '../support/browser/browser.js';
import { openTestGateway, type TestGateway } from '../support/gateway.js';

export interface WallboardPage {
  page: Page;
  /** What a browser complains of, and requests to other hosts. */
  complaints: string[];
}

interface PageOptions extends BrowserContextOptions {
  /** Of the gateway's own, if it is another one. */
  url?: string;
  token?: string;
  path?: string;
}

export interface Board {
  readonly gateway: TestGateway;
  /** Opens a page in a session of its own, signed in by the key in the address, as the start prints it; closed with the test. */
  open(options?: PageOptions): Promise<WallboardPage>;
}

/** Milliseconds: where a machine has much else to do, a page takes its time. */
const PATIENCE = 180_000;

/** A gateway and a browser for all tests of a file. */
export function givenBoard(openGateway: () => Promise<TestGateway> = openTestGateway): Board {
  let gateway: TestGateway | undefined;
  let chromium: TestBrowser | undefined;
  beforeAll(async () => {
    [gateway, chromium] = await Promise.all([openGateway(), openBrowser()]);
  });
  afterAll(async () => {
    await Promise.all([gateway?.close(), chromium?.close()]);
  });
  return {
    get gateway() {
      if (gateway === undefined) throw new Error('the gateway is opened before the tests');
      return gateway;
    },
    async open({ url = gateway?.url ?? '', token, path = '/', ...options } = {}) {
      if (chromium === undefined) throw new Error('the browser is opened before the tests');
      const context = await chromium.browser.newContext({
        viewport: { width: 1440, height: 900 },
        ...options,
      });
      onTestFinished(() => context.close());
      context.setDefaultTimeout(PATIENCE);
      const page = await context.newPage();
      const complaints = complaintsOf(page, url);
      const address = new URL(path, url);
      if (token !== undefined) address.hash = `key=${token}`;
      await page.goto(address.href);
      return { page, complaints };
    },
  };
}

function complaintsOf(page: Page, url: string): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    const { host, protocol } = new URL(request.url());
    if (!['data:', 'blob:'].includes(protocol) && host !== new URL(url).host) complaints.push(request.url());
  });
  return complaints;
}
