import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const SCRIPT = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** Colours on the way from one scheme to the other are no fault of either. What turns without end, as a loader, is at rest. */
const AT_REST = `(async () => {
  const painted = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  const ending = () => document.getAnimations()
    .filter(({ effect, playState }) => playState === 'running' && effect.getComputedTiming().endTime !== Infinity);
  await painted();
  for (let moving = ending(); moving.length > 0; moving = ending()) {
    await Promise.allSettled(moving.map(({ finished }) => finished));
    await painted();
  }
})()`;

/** What axe finds against WCAG's AA on the page as it is, in light and in dark: a line each. */
export async function violations(page: Page): Promise<string[]> {
  const script = await readFile(SCRIPT, 'utf8');
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.evaluate(AT_REST);
    // The policy lets no other script into the page; what the driver evaluates is no part of it.
    await page.evaluate(script);
    const results = (await page.evaluate(`axe.run({ runOnly: ${JSON.stringify(TAGS)} })`)) as AxeResults;
    for (const { id, help, nodes } of results.violations) {
      for (const { target, failureSummary } of nodes) {
        found.push(`${colorScheme}: ${id} (${help}) at ${target.join(' ')}: ${failureSummary}`);
      }
    }
  }
  return found;
}
