import { join } from 'node:path';
import { openBrowser } from '../support/browser/browser.js';
import { PROJECT } from '../support/built-tree.js';
import { openDemoGateway } from '../support/demo-gateway.js';
import { openExplorer } from './explorer-page.js';

/** `npm run screenshots` makes the picture of the documents anew. */
const { url, token, close: closeGateway } = await openDemoGateway();
try {
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
  await closeGateway();
}
