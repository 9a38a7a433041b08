import { it } from 'vitest';
import { settled } from '../live/followers.js';
import { openBrowser } from '../support/browser/browser.js';
import { openTestGateway } from '../support/gateway.js';
import { givenCalls, reference } from './calls-world.js';
import { openWallboard } from './wallboard-page.js';

it('shots', async () => {
  const [gateway, chromium] = await Promise.all([openTestGateway(), openBrowser()]);
  const writer = await gateway.client();
  const S = ['RINGING', 'IN_PROGRESS', 'COMPLETED', 'COMPLETED', 'NO_ANSWER', 'VOICEMAIL', 'BUSY', 'QUEUED', 'FAILED', 'UNKNOWN', 'CANCELED'];
  await givenCalls(writer, Array.from({ length: 200 }, (_, n) => ({
    references: [reference(`c${n}`), { system: n % 2 ? 'BURKI' : 'BIRD', name: 'id', value: `${n}` }],
    status: S[n % S.length], direction: ['INBOUND', 'OUTBOUND', 'INTERNAL'][n % 3],
    from: n % 7 === 0 ? null : `+1555123${String(n).padStart(4, '0')}`, to: '+14155550000', duration: n * 7,
    tags: ['vip', `team-${n % 3}`], assistant: { assistantId: `${n % 5}`, name: `ServiceBot ${n % 5}` },
    cost: { total: '0.05', currency: 'USD' }, startedAt: new Date(Date.UTC(2026, 10, 1, 0, n * 50)).toISOString(),
  })));
  await settled(gateway);
  for (const [w, h] of [[1440, 900], [390, 844]] as const) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page, close } = await openWallboard(chromium.browser, gateway.url, { token: writer.token, path: '/?status=RINGING&status=IN_PROGRESS&status=COMPLETED&status=BUSY&status=NO_ANSWER&tag=vip', viewport: { width: w, height: h }, colorScheme });
      await page.locator('[aria-rowindex="2"]').waitFor();
      await page.getByText(/\d+ calls/).waitFor();
      await page.mouse.move(w / 2, h / 2);
      await givenCalls(writer, [{ status: 'RINGING', tags: ['vip'] }, { status: 'RINGING', tags: ['vip'] }]);
      await page.getByRole('button', { name: /2 new calls/ }).waitFor();
      await page.screenshot({ path: `/tmp/shots-wcalls/${w}-${colorScheme}.png` });
      if (w < 500) await page.getByRole('button', { name: 'Filters' }).click();
      await page.getByRole('button', { name: 'Assistant' }).click();
      await page.getByRole('checkbox').first().waitFor();
      await page.screenshot({ path: `/tmp/shots-wcalls/${w}-${colorScheme}-menu.png` });
      await close();
    }
  }
  const { page, close } = await openWallboard(chromium.browser, gateway.url, { token: writer.token, path: '/?tag=none' });
  await page.getByText('No calls match').waitFor();
  await page.screenshot({ path: `/tmp/shots-wcalls/empty.png` });
  await close();
  await Promise.all([gateway.close(), chromium.close()]);
}, 200_000);
