import type { Page } from 'playwright-core';

/** Does something before the gateway is sent the next request of an operation, so that its order is sure. */
export async function beforeSending(
  page: Page,
  operation: string,
  work: () => Promise<unknown>,
): Promise<void> {
  let isDone = false;
  await page.route('**/graphql', async (route) => {
    const { operationName } = (route.request().postDataJSON() ?? {}) as { operationName?: string };
    if (!isDone && operationName === operation) {
      isDone = true;
      await work();
    }
    await route.continue();
  });
}
