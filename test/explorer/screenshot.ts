import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openBrowser } from '../support/browser/browser.js';
import { openExplorer } from './explorer-page.js';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** `npm run screenshot` makes the picture of the documents anew. */
const folder = await mkdtemp(join(tmpdir(), 'switchboard-screenshot-'));
const gateway = spawn(process.execPath, [join(PROJECT, 'dist', 'main.js')], {
  env: { PATH: process.env.PATH, PORT: '0', LOG_LEVEL: 'warn', DATA_DIR: join(folder, '.data') },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const ended = once(gateway, 'close');
try {
  const [url, token] = await greetingOf(gateway.stdout);
  const { browser, close } = await openBrowser();
  try {
    const { page, enterKey, run, textOf } = await openExplorer(browser, url, { colorScheme: 'light' });
    await enterKey(token);
    await run();
    while (!(await textOf('response')).includes('cust_abc123')) await page.waitForTimeout(50);
    await page.evaluate(() => {
      const models = globalThis.__MONACO.editor.getModels();
      const headers = models.find(({ uri }) => uri.path.includes('request-headers'));
      headers?.setValue(headers.getValue().replace(/sb_[\w-]+/, 'sb_…'));
    });
    // Where nothing is, so that no caret blinks.
    await page.mouse.click(30, 400);
    await page.waitForTimeout(1_000);
    await page.screenshot({ path: join(PROJECT, 'docs', 'images', 'explorer.png') });
  } finally {
    await close();
  }
} finally {
  gateway.kill();
  await ended;
  await rm(folder, { recursive: true, force: true });
}

async function greetingOf(stdout: NodeJS.ReadableStream): Promise<[url: string, token: string]> {
  let text = '';
  for await (const chunk of stdout) {
    text += chunk;
    const [, url, token] = /listens on (\S+)[\s\S]*Bearer (sb_\S+)\n/.exec(text) ?? [];
    if (url !== undefined && token !== undefined) return [url, token];
  }
  throw new Error(`the gateway did not start: ${text}`);
}
