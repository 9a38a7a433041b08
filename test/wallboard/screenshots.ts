import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from '../support/browser/browser.js';
import { PROJECT } from '../support/built-tree.js';
import { type DemoGateway, openDemoGateway } from '../support/demo-gateway.js';

const SIZES = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } };

interface Picture {
  name: string;
  path: string;
  colorScheme?: 'light' | 'dark';
}

/** `npm run screenshots` makes the pictures of the documents anew, with a simulated day. */
const gateway = await openDemoGateway();
try {
  await simulateDay(gateway);
  const { browser, close } = await openBrowser();
  try {
    for (const picture of await pictures(gateway)) await take(browser, gateway, picture);
  } finally {
    await close();
  }
} finally {
  await gateway.close();
}

async function simulateDay({ url, token }: DemoGateway): Promise<void> {
  const ask = async (method: string, body?: object) => {
    const response = await fetch(new URL('/demo/traffic', url), {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(await response.text());
    return (await response.json()) as { state: string };
  };
  await ask('POST', { seed: 7 });
  while ((await ask('GET')).state === 'RUNNING') await sleep(250);
}

async function take(browser: Browser, { url, token }: DemoGateway, picture: Picture): Promise<void> {
  for (const [size, viewport] of Object.entries(SIZES)) {
    const { name, path, colorScheme = 'light' } = picture;
    const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce' });
    const page = await context.newPage();
    await page.goto(new URL(`${path}#key=${token}`, url).href);
    await settled(page);
    await page.screenshot({ path: join(PROJECT, 'docs', 'images', 'wallboard', `${name}-${size}.png`) });
    await context.close();
  }
}

/** The fonts, the lazy parts and the answers are there. */
async function settled(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle');
  await page.getByLabel('Loading').first().waitFor({ state: 'hidden' });
  await page.waitForTimeout(1_000);
}

async function pictures({ url, token }: DemoGateway): Promise<Picture[]> {
  const call = await richCall(url, token);
  return [
    { name: 'calls', path: '/' },
    { name: 'calls-dark', path: '/', colorScheme: 'dark' },
    { name: 'call', path: `/calls/${call}` },
    ...['voice-call', 'metadata', 'history', 'flow', 'recordings', 'deliveries'].map((tab) => ({
      name: `call-${tab}`,
      path: `/calls/${call}?tab=${tab}`,
    })),
    { name: 'figures', path: '/figures' },
    { name: 'deliveries', path: '/deliveries' },
    { name: 'accounts', path: '/accounts' },
    { name: 'inbox', path: '/inbox' },
  ];
}

interface FoundCall {
  id: string;
  callFlow: object | null;
  voiceCall: object | null;
  references: { system: string }[];
  transcripts: object[];
  events: { totalCount: number };
  deliveries: { nodes: { state: string }[] };
}

/** How much there is to see of a call that was recorded. */
function parts({ callFlow, voiceCall, references, transcripts, events, deliveries }: FoundCall): number {
  const there = [
    ...[callFlow !== null, voiceCall !== null, transcripts.length > 0, events.totalCount > 0],
    deliveries.nodes.some(({ state }) => state === 'DELIVERED'),
  ];
  return new Set(references.map(({ system }) => system)).size + there.filter(Boolean).length;
}

/** Of those that were recorded by the vendor that plays them, the newest of which there is most to see. */
async function richCall(url: string, token: string): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({
      query: `{
        calls(filter: { hasRecording: true, system: [BURKI] }, first: 100) {
          nodes {
            id callFlow { id } voiceCall { id } references { system } transcripts { id }
            events(first: 0) { totalCount } deliveries(first: 10) { nodes { state } }
          }
        }
      }`,
    }),
  });
  const { data } = (await response.json()) as { data: { calls: { nodes: FoundCall[] } } };
  const [richest] = data.calls.nodes.toSorted((one, other) => parts(other) - parts(one));
  if (richest === undefined) throw new Error('the simulated day has no recording');
  return richest.id;
}
