import type { CallImportRow } from '../../db/tables/call-imports.js';
import type { VendorAccountRow } from '../../db/tables/vendor-accounts.js';
import { SecretsLocked } from '../account/sealed-secrets.js';
import { ClaimWorker } from '../claim-worker.service.js';
import { delayOf } from '../delivery/delivery-failure.js';
import { fetched, fetchedRecords } from '../inbound/fetched.js';
import { readAccount } from '../inbound/message-account.store.js';
import { pacedClient } from '../inbound/paced-client.js';
import type { RecordStores } from '../inbound/record-writer.service.js';
import { type VendorClient, VendorRefusal, VendorUnreachable } from '../request/vendor-client.js';
import type { ConnectedAccount, Vendor } from '../vendor.js';
import type { CallsPage } from '../vendor-calls.js';
import { claimImports, fail, ImportLost, knownSessions, release } from './call-import.store.js';
import { type WrittenPage, writePage } from './import-page.service.js';

export interface ImportedPage extends WrittenPage {
  row: CallImportRow;
  account: Pick<VendorAccountRow, 'name' | 'system'>;
  read: number;
  isLast: boolean;
}

export interface ImportFailure {
  row: CallImportRow;
  reason: string;
  /** It is not tried again. */
  isFinal: boolean;
}

export interface ImportWorkerOptions extends RecordStores {
  vendorOf(system: VendorAccountRow['system']): Vendor;
  /** @throws SecretsLocked if no key opens the account's secrets */
  open(account: VendorAccountRow): Promise<ConnectedAccount>;
  clientOf(account: ConnectedAccount, signal: AbortSignal): VendorClient;
  imported(page: ImportedPage): void;
  importFailed(failure: ImportFailure): void;
  failed(error: unknown): void;
}

const MOST_AT_ONCE = 4;
/** Milliseconds. A claim goes on with further pages for so long; then others may have a turn. */
const STINT = 15_000;
const MOST_DELAY = 60_000;
const GIVE_UP = 86_400_000;

/** Reads the vendors' calls while there are imports. */
export class ImportWorker extends ClaimWorker<CallImportRow> {
  constructor(options: ImportWorkerOptions) {
    const { database, failed } = options;
    super({
      database,
      wakesOnCommit: false,
      mostAtOnce: MOST_AT_ONCE,
      sweepInterval: Number.POSITIVE_INFINITY,
      sweep: async () => {},
      claim: (claim, lease, most) => claimImports(database.db, claim, lease, most),
      attempt: async (row, { signal, isCut, settle }) => {
        try {
          if (await readPages(options, row, signal)) await settle(() => release(database, row, 0));
        } catch (error) {
          await settle(() => end(options, row, error, isCut()));
        }
      },
      failed,
    });
  }
}

/** Whether there are more. Reads a page while the one before it is written. */
async function readPages(
  options: ImportWorkerOptions,
  claimed: CallImportRow,
  signal: AbortSignal,
): Promise<boolean> {
  const { database } = options;
  const began = performance.now();
  const of = await readAccount(database.db, claimed);
  const account = await options.open(of);
  const vendor = options.vendorOf(of.system);
  const client = options.clientOf(account, signal);
  const { from, until: to } = claimed;
  const known = knownSessions(database, claimed);
  const read = async (cursor: unknown): Promise<CallsPage> => {
    const { answer, at } = await fetched(client, (timed) =>
      vendor.calls.page({ from, to, cursor, known }, account, pacedClient(database, of, timed, signal)),
    );
    return { ...answer, records: fetchedRecords(answer.records, at) };
  };
  let row = claimed;
  let reading = read(row.cursor);
  for (;;) {
    const page = await reading;
    const isLast = page.next === null;
    const isOver = isLast || signal.aborted || performance.now() - began > STINT;
    if (!isOver) {
      reading = read(page.next);
      // It is awaited later, or not if this page cannot be written.
      reading.catch(() => {});
    }
    const written = await writePage(options, row, account, vendor, page);
    row = { ...row, page: row.page + 1, cursor: page.next };
    options.imported({ ...written, row, account: of, read: page.read, isLast });
    if (isOver) return !isLast;
  }
}

async function end(
  { database, importFailed, failed }: ImportWorkerOptions,
  row: CallImportRow,
  error: unknown,
  isCut: boolean,
): Promise<void> {
  if (error instanceof ImportLost) return;
  try {
    if (isCut) return await release(database, row, 0);
    const reason = reasonOf(error);
    if (reason === null) failed(error);
    const text = reason ?? 'The gateway failed; its log says why.';
    const since = row.failingSince ?? new Date();
    const isFinal = isRefused(error) || Date.now() - since.getTime() > GIVE_UP;
    if (isFinal) await fail(database, row, text);
    else await release(database, row, delayFor(row, error), text);
    importFailed({ row, reason: text, isFinal });
  } catch (lost) {
    if (!(lost instanceof ImportLost)) throw lost;
  }
}

/** Null if the fault is the gateway's own. */
const reasonOf = (error: unknown): string | null =>
  error instanceof VendorRefusal || error instanceof VendorUnreachable || error instanceof SecretsLocked
    ? error.message
    : null;

const PASSING = new Set([401, 403, 408, 425, 429]);

/** The vendor does not take the request, and will not later. */
const isRefused = (error: unknown) =>
  error instanceof VendorRefusal && error.status >= 400 && error.status < 500 && !PASSING.has(error.status);

function delayFor({ attempts }: CallImportRow, error: unknown): number {
  const jittered = Math.min(MOST_DELAY, delayOf({ kind: 'METADATA', attempt: attempts }));
  return Math.max(250, jittered, error instanceof VendorRefusal ? (error.retryAfter ?? 0) : 0);
}
