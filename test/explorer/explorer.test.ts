import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { seedDemo } from '../../src/demo/seed.js';
import { openBrowser, type TestBrowser } from '../support/browser/browser.js';
import { openTestGateway, type TestGateway } from '../support/gateway.js';
import { openExplorer } from './explorer-page.js';

let gateway: TestGateway;
let token: string;
let chromium: TestBrowser;
beforeAll(async () => {
  [gateway, chromium] = await Promise.all([openTestGateway(), openBrowser()]);
  token = (await seedDemo(gateway.database))?.token ?? '';
});
afterAll(async () => {
  await Promise.all([gateway?.close(), chromium?.close()]);
});

const PATIENCE = { timeout: 60_000 };

it('a person asks, merges, sees a change arrive and looks things up, with nothing from another host', async () => {
  const explorer = await openExplorer(chromium.browser, gateway.url);
  const { page, enterKey, openTab, run, textOf } = explorer;
  expect(page.url()).toBe(gateway.url);
  const answer = async () => JSON.parse((await textOf('response')) || '{}');

  await enterKey(token);
  await run();
  await expect.poll(answer, PATIENCE).toMatchObject({ data: { calls: { totalCount: 1 } } });

  await openTab('MergeMetadata');
  await expect.poll(() => textOf('request-headers'), PATIENCE).toContain(token);
  await run();
  await expect
    .poll(answer, PATIENCE)
    .toMatchObject({ data: { mergeCallMetadata: { call: { revision: 2 }, errors: [] } } });

  await openTab('WatchLive');
  await run();
  await gateway.subscribers(1);
  await gateway.anonymous(`Bearer ${token}`).ask(`mutation {
    mergeCallMetadata(
      call: { reference: { system: BURKI, name: "id", value: "101" } } metadata: { seen: "live" }
    ) { errors { message } }
  }`);
  await expect.poll(answer, PATIENCE).toMatchObject({
    data: { callsChanged: { kind: 'METADATA_MERGED', call: { metadata: { seen: 'live' }, revision: 3 } } },
  });
  await page.getByRole('button', { name: /stop/i }).click();
  await gateway.subscribers(0);

  await openTab('FindByMetadata');
  await page.locator('.graphiql-query-editor .view-line', { hasText: 'totalCount' }).click();
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await page.keyboard.type('pageI');
  await page.locator('.suggest-widget .monaco-list-row', { hasText: 'pageInfo' }).waitFor();

  await page
    .getByRole('button', { name: /documentation explorer/i })
    .first()
    .click();
  await page.locator('.graphiql-doc-explorer').getByText('Query', { exact: true }).first().click();
  await page.locator('.graphiql-doc-explorer').getByRole('link', { name: 'callByReference' }).waitFor();

  const sandbox = page.getByRole('link', { name: 'Apollo Sandbox' });
  expect(await sandbox.getAttribute('href')).toBe(
    `https://studio.apollographql.com/sandbox/explorer?endpoint=${encodeURIComponent(gateway.url)}`,
  );
  expect(explorer.complaints).toEqual([]);
  await page.close();
});

describe('a link', () => {
  const QUERY = `query First { viewer { name } }

query CallOf($id: String!) {
  callByReference(reference: { system: BURKI, name: "id", value: $id }) { duration }
}`;
  const address = (parameters: Record<string, string>) =>
    `${gateway.url}?${new URLSearchParams({ headers: '{"Authorization":"Bearer sb_linked"}', ...parameters })}`;

  it('opens its operation in a tab before the others, with its variables and without its headers', async () => {
    const link = address({ query: QUERY, variables: '{"id":"101"}', operationName: 'CallOf' });
    const { page, complaints, enterKey, textOf } = await openExplorer(chromium.browser, link);
    const tabs = () => page.locator('.graphiql-tab-button').allTextContents();
    const all = ['CallOf', 'FindByMetadata', 'MergeMetadata', 'ReplaceFlow', 'WatchLive'];
    await expect.poll(tabs, PATIENCE).toEqual(all);
    expect(await textOf('operation')).toBe(QUERY);
    expect(await textOf('variables')).toBe('{\n  "id": "101"\n}');
    expect(await textOf('response')).toBe('');

    await enterKey(token);
    expect(await textOf('request-headers')).toBe(`{\n  "Authorization": "Bearer ${token}"\n}`);
    await page.locator('.graphiql-query-editor').getByRole('textbox').focus();
    await page.keyboard.press('ControlOrMeta+Enter');
    await expect
      .poll(async () => JSON.parse((await textOf('response')) || '{}'), PATIENCE)
      .toMatchObject({ data: { callByReference: { duration: 180 } } });
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('comes before the tabs of an earlier visit, and once', async () => {
    const { page, openTab } = await openExplorer(chromium.browser, gateway.url);
    await openTab('MergeMetadata');
    const tabs = () => page.locator('.graphiql-tab-button').allTextContents();
    const stored = () => page.evaluate<string>("localStorage.getItem('graphiql:tabState')");
    await expect.poll(stored, PATIENCE).toContain('"activeTabIndex":1');
    for (let visits = 0; visits < 2; visits++) {
      await page.goto(address({ query: 'query Linked { viewer { name } }', variables: 'null' }));
      await expect
        .poll(tabs, PATIENCE)
        .toEqual(['Linked', 'FindByMetadata', 'MergeMetadata', 'ReplaceFlow', 'WatchLive']);
      await expect.poll(stored, PATIENCE).toContain('Linked');
    }
    await page.close();
  });
});

it('a subscription with a wrong key ends at once, and says why', async () => {
  const { page, enterKey, openTab, run, textOf } = await openExplorer(chromium.browser, gateway.url);
  await enterKey('sb_unknown');
  await openTab('WatchLive');
  await run();
  await expect.poll(() => textOf('response'), PATIENCE).toMatch(/4403 Sign in with/);
  await page.close();
});

it('its page runs no script but its own', async () => {
  const { page } = await openExplorer(chromium.browser, gateway.url);
  await expect(page.addScriptTag({ content: 'globalThis.ran = true' })).rejects.toThrow();
  await expect(page.addScriptTag({ url: 'https://evil.example/x.js' })).rejects.toThrow();
  expect(await page.evaluate(() => 'ran' in globalThis)).toBe(false);
  await page.close();
});

describe('a page of a dev server on another port', () => {
  /** What a page learns, served from a port of its own, that asks the gateway over HTTP and opens WebSockets. */
  async function learns({ url }: TestGateway) {
    const server = createServer((_, response) =>
      response.setHeader('content-type', 'text/html').end('<p>app'),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const page = await chromium.browser.newPage();
    onTestFinished(async () => {
      await page.close();
      server.closeAllConnections();
      server.close();
    });
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await page.goto(origin);
    const learnt = await page.evaluate(
      async ({ url, token }) => {
        const authorization = `Bearer ${token}`;
        const closeOf = (protocol: string) =>
          new Promise<string>((resolve) => {
            const socket = new WebSocket(url.replace('http', 'ws'), protocol);
            socket.onopen = () =>
              socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization } }));
            socket.onmessage = ({ data }) => resolve(data);
            socket.onclose = ({ code, reason }) => resolve(`${code} ${reason}`);
          });
        const headers = { authorization, 'content-type': 'application/json' };
        const http = await fetch(url, { method: 'POST', headers, body: '{"query":"{viewer{name}}"}' }).then(
          (response) => response.text(),
          String,
        );
        return { http, ws: await closeOf('graphql-transport-ws'), legacy: await closeOf('graphql-ws') };
      },
      { url, token },
    );
    return { ...learnt, origin };
  }

  it('asks and subscribes without any setting, and one of an old client learns what to use', async () => {
    expect(await learns(gateway)).toMatchObject({
      http: expect.stringContaining('"viewer":{"name":"demo"}'),
      ws: '{"type":"connection_ack"}',
      legacy: expect.stringMatching(/^4406 subscriptions-transport-ws .*graphql-transport-ws/),
    });
  });

  it('learns from its WebSocket, and the log, which variable refuses it', async () => {
    const closed = await openTestGateway({ corsOrigins: [] });
    onTestFinished(closed.close);
    const { http, ws, origin } = await learns(closed);
    expect(http).toMatch(/^TypeError/);
    expect(ws).toBe(`4403 Pages of ${origin} may not ask this gateway: add the origin to CORS_ORIGINS`);
    expect(closed.log.map((line) => JSON.parse(line))).toMatchObject([{ origin }]);
  });
});
