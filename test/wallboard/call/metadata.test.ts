import { beforeEach, expect, it } from 'vitest';
import { givenCall } from '../../support/documents.js';
import type { Client } from '../../support/gateway.js';
import { violations } from '../axe.js';
import { givenBoard } from '../wallboard-page.js';
import { beforeSending } from './held-requests.js';
import { mergeOf, metadataOf, record } from './known-call.js';

const board = givenBoard();
let client: Client;
beforeEach(async () => {
  client = await board.gateway.client();
});

const METADATA = { stage: 'open', score: 4, customer: { name: 'Ana', tier: 'silver' }, old: 'x' };

async function openMetadata(metadata: object = METADATA) {
  const { id } = await givenCall(client, { metadata });
  const opened = await board.open({
    token: client.token,
    path: `/calls/${id}?tab=metadata`,
  });
  const { page } = opened;
  await page.getByText('Nothing is changed.').waitFor();
  const patch = async () =>
    JSON.parse((await page.getByRole('region', { name: 'The merge patch' }).textContent()) ?? '');
  const edit = async (name: string, value: string) => {
    await page.getByRole('button', { name: `Edit ${name}` }).click();
    await page.getByLabel('Value').fill(value);
    await page.getByRole('button', { name: 'Apply' }).click();
  };
  return { ...opened, id, patch, edit };
}

it('edits the tree by the keyboard alone, shows the merge patch, and sends it', async () => {
  const { page, id, patch, complaints } = await openMetadata();
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  await page.getByRole('button', { name: 'Edit stage' }).focus();
  await press('Enter');
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('closed');
  await press('Enter');
  // The focus is where it was.
  await expect
    .poll(() => page.evaluate('document.activeElement.getAttribute("aria-label")'))
    .toBe('Edit stage');
  await page.getByRole('button', { name: 'Edit customer.tier' }).focus();
  await press('Enter', 'ControlOrMeta+a');
  await page.keyboard.type('gold');
  await press('Enter');
  await page.getByRole('button', { name: 'Remove old' }).focus();
  await press('Enter');
  await page.getByRole('button', { name: 'Add a member', exact: true }).focus();
  await press('Enter');
  await page.keyboard.type('callback');
  await press('Tab', 'T', 'Tab', 'Tab', 'Enter');
  await expect
    .poll(patch)
    .toEqual({ stage: 'closed', customer: { tier: 'gold' }, old: null, callback: true });
  expect(await metadataOf(client, id)).toEqual(METADATA);
  await page.getByRole('button', { name: 'Merge' }).focus();
  await press('Enter');
  await page.getByText('The patch is merged.').waitFor();
  expect(await metadataOf(client, id)).toEqual({
    stage: 'closed',
    score: 4,
    customer: { name: 'Ana', tier: 'gold' },
    callback: true,
  });
  expect(complaints).toEqual([]);
});

it('changes names and types, and takes lists and objects as JSON', async () => {
  const { page, patch } = await openMetadata();
  await page.getByRole('button', { name: 'Edit score' }).click();
  await page.getByLabel('Name', { exact: true }).fill('marks');
  await page.getByLabel('Type').selectOption({ label: 'List' });
  await page.getByLabel('Value').fill('[1, null');
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByText(/JSON/).first().waitFor();
  await page.getByLabel('Value').fill('[1, null]');
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect.poll(patch).toEqual({ score: null, marks: [1, null] });
  await page.getByRole('button', { name: 'Undo the change of score' }).click();
  await expect.poll(patch).toEqual({ marks: [1, null] });
  await page.getByRole('button', { name: 'Discard' }).click();
  await expect.poll(patch).toEqual({});
});

it('shows the patch at once, and takes it back if it is refused', async () => {
  const { page, edit } = await openMetadata();
  await edit('stage', 'x'.repeat(300_000));
  let answer = () => {};
  const isAnswered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await beforeSending(page, 'MergeMetadata', () => isAnswered);
  await page.getByRole('button', { name: 'Merge' }).click();
  // The tree has the value, and no edit of it is left.
  await page.getByText('Nothing is changed.').waitFor();
  expect(await page.getByText(/x{1000}/).count()).toBe(1);
  answer();
  await page
    .getByRole('alert')
    .getByText(/bytes|KiB|limit/i)
    .waitFor();
  await page.getByText('"open"').waitFor();
});

it('merges beside what another client has merged elsewhere meanwhile', async () => {
  const { page, id, edit } = await openMetadata();
  await edit('stage', 'closed');
  await beforeSending(page, 'MergeMetadata', () => mergeOf(client, id, { score: 5 }));
  await page.getByRole('button', { name: 'Merge' }).click();
  await page.getByText('The patch is merged.').waitFor();
  expect(await metadataOf(client, id)).toEqual({ ...METADATA, stage: 'closed', score: 5 });
});

it('overwrites nothing unseen that another client has merged at the same place', async () => {
  const { page, id, edit, patch, complaints } = await openMetadata();
  await edit('stage', 'mine');
  await beforeSending(page, 'MergeMetadata', () => mergeOf(client, id, { stage: 'theirs' }));
  await page.getByRole('button', { name: 'Merge' }).click();
  const conflict = page.getByRole('group', { name: 'stage has changed meanwhile' });
  await conflict.getByText('Theirs now: "theirs", before: "open", yours: "mine"').waitFor();
  expect(await metadataOf(client, id)).toMatchObject({ stage: 'theirs' });
  expect(await violations(page)).toEqual([]);
  expect(await page.getByRole('button', { name: 'Merge' }).isDisabled()).toBe(true);
  await conflict.getByRole('button', { name: 'Keep mine' }).click();
  await page.getByRole('button', { name: 'Merge' }).click();
  await page.getByText('The patch is merged.').waitFor();
  expect(await metadataOf(client, id)).toMatchObject({ stage: 'mine' });

  await edit('stage', 'mine again');
  await mergeOf(client, id, { stage: 'theirs again', score: 6 });
  await conflict.getByRole('button', { name: 'Take theirs' }).click();
  await expect.poll(patch).toEqual({});
  await page.getByText('"theirs again"').waitFor();
  expect(complaints).toEqual([]);
});

it('explains a value: which patch set it, when it counts, and what it overrode', async () => {
  const { page, id, complaints } = await openMetadata({ other: 1 });
  for (const [eventId, eventTime, stage] of [
    ['crm-0', '2018-10-15T09:00:00Z', 'open'],
    ['crm-2', '2018-10-15T09:05:00Z', 'closed'],
    ['crm-1', '2018-10-15T09:01:00Z', 'talking'],
  ] as const) {
    await record(client, id, { eventId, eventTime, metadata: { stage } });
  }
  await page.getByText('"closed"').waitFor();
  await page.getByRole('button', { name: 'Why is stage so?' }).click();
  const drawer = page.getByRole('dialog', { name: 'Why is stage so?' });
  await drawer.getByText('because the event crm-2 of test key set it').waitFor();
  await drawer.getByText('overrode "talking"').waitFor();
  const steps = drawer.getByRole('listitem');
  await expect.poll(() => steps.count()).toBe(3);
  expect(await steps.nth(0).textContent()).toContain('Why it is so');
  expect(await steps.nth(1).textContent()).toMatch(/Overridden.*Came late.*"open""talking"/);
  expect(await steps.nth(2).textContent()).toContain('"open"');
  expect(await violations(page)).toEqual([]);
  expect(complaints).toEqual([]);
});
