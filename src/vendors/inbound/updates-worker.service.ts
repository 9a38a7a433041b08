import { createHash } from 'node:crypto';
import { Refusal } from '../../foundation/refusal.js';
import { SecretsLocked } from '../account/sealed-secrets.js';
import { type Attempt, ClaimWorker } from '../claim-worker.service.js';
import { scoped } from '../request/scoped.js';
import { VendorRefusal, VendorUnreachable } from '../request/vendor-client.js';
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
  let next: UpdatesSettlement = {
    position: null,
    wait: EVERY,
    tries: row.updatesTries - 1,
    done: row.updatesDone,
  };
  let result = { account: row, records: 0, changed: 0, problem: null as string | null };
  try {
    const account = await options.open(row);
    const vendor = options.vendorOf(row.system);
    const { updates } = vendor.messages;
    if (updates === undefined) throw new Error(`${row.system} has no list of updates`);
    const { answer: read, at } = await scoped(signal, (scope) =>
      fetched(options.clientOf(account, scope), (timed) =>
        updates.since(row.updatesPosition, account, timed),
      ),
    );
    const records = fetchedRecords(read.records, at);
    const { isIncomplete, done, ...written } = await writeAll(options, row, account, vendor, records, signal);
    result = { ...result, ...written, records: records.length };
    const progressed = done.length > row.updatesDone.length;
    // A page that takes longer than a try is gone on with at once.
    if (isIncomplete && progressed)
      next = { position: null, wait: signal.aborted ? 0 : EVERY, tries: 1, done };
    else if (isIncomplete && row.updatesTries < MOST_TRIES)
      next = { position: null, wait: EVERY, tries: row.updatesTries, done };
    else next = { position: read.position, wait: read.hasMore ? 0 : EVERY, tries: 0, done: [] };
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
 * What the services refuse is left out: read again, it would be refused again. A read before, e.g. of a process that was
 * killed, may have written records without what belongs to them; `done` says of which it was there.
 */
async function writeAll(
  options: UpdatesWorkerOptions,
  row: DueAccount,
  account: ConnectedAccount,
  vendor: Vendor,
  records: readonly CallRecord[],
  signal: AbortSignal,
): Promise<{ changed: number; problem: string | null; isIncomplete: boolean; done: string[] }> {
  const isAgain = row.updatesTries > 1;
  const done = new Set(row.updatesDone);
  let changed = 0;
  let problem: string | null = null;
  let isIncomplete = false;
  const writeOne = async (record: CallRecord) => {
    try {
      const written = await writeRecord(options, account, vendor, record);
      changed += Number(written.isChanged);
      problem = written.problem ?? problem;
      // Each read begins with the last moment of the one before, whose records were written then.
      const name = shortOf(record);
      if (!written.isChanged && (!isAgain || done.has(name))) return;
      await scoped(signal, async (scope) => {
        const client = pacedClient(options.database, row, options.clientOf(account, scope), scope);
        const more = await withRecorded(vendor, record, account, client);
        problem = more.problem?.message ?? problem;
        if (more.whole.values !== record.values) {
          const { problem: unwritten } = await writeRecord(options, account, vendor, more.whole);
          problem = unwritten ?? problem;
        }
        if (more.problem === null || isDenied(more.problem)) done.add(name);
        else {
          // It may have been done before, and has changed since.
          done.delete(name);
          isIncomplete = true;
        }
      });
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
  return { changed, problem, isIncomplete, done: [...done] };
}

/** Of a voice call in a page. */
const shortOf = ({ references }: CallRecord): string =>
  createHash('sha256').update(JSON.stringify(references[0])).digest('base64url').slice(0, 12);
