import type { Transaction } from '../../db/database.js';
import type { CallImportRow } from '../../db/tables/call-imports.js';
import { Refusal } from '../../foundation/refusal.js';
import type { UpsertedCall } from '../../intake/upsert/plan-upsert.js';
import { connector } from '../connector.js';
import { nameAccounts } from '../delivery/learned.service.js';
import { problemOf, type RecordStores, upsertOf, writeRecord } from '../inbound/record-writer.service.js';
import type { ConnectedAccount, Vendor } from '../vendor.js';
import type { CallRecord } from '../vendor-message.js';
import { countPage, endPage } from './call-import.store.js';
import type { ReadPage } from './page-reader.js';
import { isToAsk } from './recorded-page.service.js';

const BATCH = 500;

export interface PageCounts {
  created: number;
  updated: number;
  failed: number;
}

export interface WrittenPage extends PageCounts {
  /** The import as it goes on. */
  row: CallImportRow;
}

/**
 * Writes a page of calls, as changes of the account, and then moves the import on.
 * @throws ImportLost, and may have written the page then
 */
export async function writePage(
  stores: RecordStores,
  row: CallImportRow,
  account: ConnectedAccount,
  vendor: Vendor,
  page: ReadPage,
): Promise<WrittenPage> {
  const { database } = stores;
  const now = { created: 0, updated: 0, failed: 0 };
  const later = { created: 0, updated: 0, failed: page.lost === null ? 0 : 1 };
  let error = page.lost;
  for (let at = 0; at < page.records.length; at += BATCH) {
    const records = page.records.slice(at, at + BATCH);
    // A page has a second batch only where very many calls have one time.
    const count = at === 0 ? (tx: Transaction, counts: Counts) => countPage(tx, row, counts) : undefined;
    const batch = await writeBatch(stores, account, vendor, records, count);
    add(count === undefined ? later : now, batch.counts);
    add(later, batch.later);
    error = batch.error ?? error;
  }
  const { read, total, position, next } = page;
  const toAsk = page.records.filter((record) => isToAsk(record, account, vendor)).length;
  const after = await endPage(database, row, { read, toAsk, total, position, next, error, ...later });
  return { ...add(now, later), row: after };
}

type Counts = Pick<PageCounts, 'created' | 'updated'>;

function add(sum: PageCounts, counts: Partial<PageCounts>): PageCounts {
  for (const name of ['created', 'updated', 'failed'] as const) sum[name] += counts[name] ?? 0;
  return sum;
}

async function writeBatch(
  stores: RecordStores,
  account: ConnectedAccount,
  vendor: Vendor,
  records: readonly CallRecord[],
  count: ((tx: Transaction, counts: Counts) => Promise<void>) | undefined,
) {
  const viewer = connector(account);
  const inputs = records.map(upsertOf);
  let counts: Counts = { created: 0, updated: 0 };
  const outcomes = await stores.intake.upsertCalls(viewer, inputs, async (tx, all) => {
    const written = all.flatMap((outcome) => (outcome instanceof Refusal ? [] : [outcome]));
    counts = {
      created: written.filter(({ created }) => created).length,
      updated: written.filter(({ created, isChanged }) => isChanged && !created).length,
    };
    await count?.(tx, counts);
  });
  const known = outcomes.flatMap((outcome) =>
    outcome instanceof Refusal || outcome.created ? [] : [outcome.call.id],
  );
  await nameAccounts(stores.database, viewer, known, vendor.system);
  const later = { created: 0, updated: 0, failed: 0 };
  let error: string | null = null;
  for (const [index, outcome] of outcomes.entries()) {
    try {
      error = (await problemIn(outcome, records[index] as CallRecord)) ?? error;
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      later.failed += 1;
      error = refusal.message;
    }
  }
  return { counts, later, error };

  /** A record that the batch refused, perhaps for its metadata's size, is written without what was refused. */
  async function problemIn(outcome: UpsertedCall | Refusal, record: CallRecord): Promise<string | null> {
    if (!(outcome instanceof Refusal)) return problemOf(outcome);
    const { created, isChanged, problem } = await writeRecord(stores, account, vendor, record);
    if (isChanged) later[created ? 'created' : 'updated'] += 1;
    return problem;
  }
}
