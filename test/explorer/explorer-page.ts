import type { Browser, Page } from 'playwright-core';

export interface ExplorerPage {
  page: Page;
  /** What a browser complains of, and requests to other hosts. */
  complaints: string[];
  enterKey(token: string): Promise<void>;
  openTab(title: string): Promise<void>;
  run(): Promise<void>;
  /** The text of one of its editors. */
  textOf(editor: Editor): Promise<string>;
}

type Editor = 'operation' | 'variables' | 'request-headers' | 'response';

interface Model {
  uri: { path: string };
  getValue(): string;
  setValue(text: string): void;
}

declare global {
  /** GraphiQL's own, in the page. */
  var __MONACO: { editor: { getModels(): Model[] } };
}

export async function openExplorer(
  browser: Browser,
  url: string,
  options: Parameters<Browser['newPage']>[0] = {},
): Promise<ExplorerPage> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, ...options });
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    const { host, protocol } = new URL(request.url());
    if (protocol !== 'data:' && protocol !== 'blob:' && host !== new URL(url).host)
      complaints.push(request.url());
  });
  await page.goto(url);
  await page.locator('.graphiql-query-editor .view-line').first().waitFor();
  return {
    page,
    complaints,
    enterKey: async (token) => {
      await page.locator('.graphiql-editor-tool .graphiql-editor:not(.hidden) .view-lines').click();
      // Before the closing quote of the second line.
      for (const key of ['ControlOrMeta+Home', 'ArrowDown', 'End', 'ArrowLeft'])
        await page.keyboard.press(key);
      await page.keyboard.insertText(token);
    },
    openTab: (title) => page.getByRole('tab', { name: title }).click(),
    run: () => page.getByRole('button', { name: /execute query/i }).click(),
    textOf: (editor) =>
      page.evaluate(
        (name) =>
          globalThis.__MONACO.editor
            .getModels()
            .find(({ uri }) => uri.path.includes(name))
            ?.getValue() ?? '',
        editor,
      ),
  };
}
