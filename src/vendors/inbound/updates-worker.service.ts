import { Refusal } from '../../foundation/refusal.js';
import { SecretsLocked } from '../account/sealed-secrets.js';
import { type Attempt, ClaimWorker } from '../claim-worker.service.js';
import { type VendorClient, VendorRefusal, VendorUnreachable } from '../request/vendor-client.js';
import type { ConnectedAccount, Vendor } from '../vendor.js';
import type { CallRecord } from '../vendor-message.js';
import { fetched, fetchedRecords } from './fetched.js';
import type { ProcessorDependencies } from './message-processor.service.js';
import { pacedClient } from './paced-client.js';
import { writeRecord } from './record-writer.service.js';
import { isDenied, withRecorded } from './recorded.js';
import { claimUpdates, type DueAccount, settleUpdates, type UpdatesSettlement } from './updates.store.js';

const MOST_AT_ONCE = 8;
const WRITES_AT_ONCE = 4;
/** Seconds between two reads of an account. */
const EVERY = 60;
const WHEN_DENIED = 3_600;
/** Reads of a page that a transcript is missing from. Then the rest has its turn, and the transcript comes with the next update. */
const MOST_TRIES = 10;
const NO_SWEEP = Number.POSITIVE_INFINITY;

export interface ReadUpdates {
  readonly account: Pick<DueAccount, 'organizationId' | 'name' | 'system'>;
  readonly records: number;
  readonly changed: number;
  /** Why they could not be read, or some not be written; null if all went well. */
  readonly problem: string | null;
}

export interface UpdatesWorkerOptions extends ProcessorDependencies {
  updatesRead(result: ReadUpdates): void;
}

/** Reads, every minute, what has changed at vendors that do not send it; each account by one gateway at a time. */
export class UpdatesWorker extends ClaimWorker<DueAccount> {
  constructor(options: UpdatesWorkerOptions) {
    const { database, failed } = options;
    super({
      database,
      wakesOnCommit: false,
      mostAtOnce: MOST_AT_ONCE,
      sweepInterval: NO_SWEEP,
      sweep: async () => {},
      claim: (_claim, lease, most) => claimUpdates(database.db, lease, most),
      attempt: (account, attempt) => readUpdates(options, account, attempt),
      failed,
    });
  }
}

async function readUpdates(
  options: UpdatesWorkerOptions,
  row: DueAccount,
  { signal, settle }: Attempt,
): Promise<void> {
  const { database, updatesRead } = options;
  // A list that cannot be read is tried for ever: without it nothing is known.
  let next: UpdatesSettlement = { position: null, wait: EVERY, tries: row.updatesTries - 1 };
  let result = { account: row, records: 0, changed: 0, problem: null as string | null };
  try {
    const account = await options.open(row);
    const vendor = options.vendorOf(row.system);
    const { updates } = vendor.messages;
    if (updates === undefined) throw new Error(`${row.system} has no list of updates`);
    const client = options.clientOf(account, signal);
    const { answer: read, at } = await fetched(client, (timed) =>
      updates.since(row.updatesPosition, account, timed),
    );
    const paced = pacedClient(database, row, client, signal);
    const records = fetchedRecords(read.records, at);
    const isAgain = row.updatesTries > 1;
    const { isIncomplete, ...written } = await writeAll(options, account, vendor, records, paced, isAgain);
    result = { ...result, ...written, records: records.length };
    next =
      isIncomplete && row.updatesTries < MOST_TRIES
        ? { position: null, wait: EVERY, tries: row.updatesTries }
        : { position: read.position, wait: read.hasMore ? 0 : EVERY, tries: 0 };
  } catch (error) {
    const isExpected =
      error instanceof VendorRefusal || error instanceof VendorUnreachable || error instanceof SecretsLocked;
    if (!isExpected) throw error;
    result = { ...result, problem: error.message };
    // The token of an app cannot read.
    if (isDenied(error)) next = { ...next, wait: WHEN_DENIED };
  }
  await settle(() => settleUpdates(database, row, next));
  updatesRead(result);
}

/**
 * What the services refuse is left out: read again, it would be refused again. `isAgain` says that a read before may have
 * written records without what belongs to them, e.g. in a process that was killed.
 */
async function writeAll(
  options: UpdatesWorkerOptions,
  account: ConnectedAccount,
  vendor: Vendor,
  records: readonly CallRecord[],
  client: VendorClient,
  isAgain: boolean,
): Promise<{ changed: number; problem: string | null; isIncomplete: boolean }> {
  let changed = 0;
  let problem: string | null = null;
  let isIncomplete = false;
  const writeOne = async (record: CallRecord) => {
    try {
      const written = await writeRecord(options, account, vendor, record);
      changed += Number(written.isChanged);
      problem = written.problem ?? problem;
      // Each read begins with the last moment of the one before, whose records were written then.
      if (!written.isChanged && !isAgain) return;
      const more = await withRecorded(vendor, record, account, client);
      problem = more.problem?.message ?? problem;
      isIncomplete ||= more.problem !== null && !isDenied(more.problem);
      if (more.whole.values === record.values) return;
      const { problem: unwritten } = await writeRecord(options, account, vendor, more.whole);
      problem = unwritten ?? problem;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      problem = error.message;
    }
  };
  // A page has each voice call once.
  const rest = records.values();
  const writeSome = async () => {
    for (const record of rest) await writeOne(record);
  };
  await Promise.all(Array.from({ length: WRITES_AT_ONCE }, writeSome));
  return { changed, problem, isIncomplete };
}
