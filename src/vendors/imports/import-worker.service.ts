import { analyzeTables } from '../../db/analyze.js';
import type { CallImportRow } from '../../db/tables/call-imports.js';
import type { VendorAccountRow } from '../../db/tables/vendor-accounts.js';
import { ClaimWorker } from '../claim-worker.service.js';
import { readAccount } from '../inbound/message-account.store.js';
import { pacedClient } from '../inbound/paced-client.js';
import type { RecordStores } from '../inbound/record-writer.service.js';
import { scoped } from '../request/scoped.js';
import type { VendorClient } from '../request/vendor-client.js';
import type { ConnectedAccount, Vendor } from '../vendor.js';
import {
  claimImports,
  endAsking,
  endWithoutRest,
  fail,
  ImportLost,
  knownSessions,
  release,
} from './call-import.store.js';
import { delayFor, isFinal, reasonOf } from './import-failure.js';
import { type PageCounts, writePage } from './import-page.service.js';
import { pageReader, type ReadCalls } from './page-reader.js';
import { askForPage, type ForEach, RecordedDenied } from './recorded-page.service.js';

export interface ImportedPage extends PageCounts {
  /** As it goes on after the page. */
  row: CallImportRow;
  account: Pick<VendorAccountRow, 'name' | 'system'>;
  read: number;
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
  /** Which imports it takes; those of all organizations if it is left out. */
  claim?: typeof claimImports;
  /** Milliseconds. A claim goes on for so long; then others may have a turn. */
  stint?: number;
  /** Of a page of calls, and of the end. */
  imported(page: ImportedPage): void;
  importFailed(failure: ImportFailure): void;
  failed(error: unknown): void;
}

const MOST_AT_ONCE = 4;
const STINT = 15_000;

/** Reads the vendors' calls while there are imports. */
export class ImportWorker extends ClaimWorker<CallImportRow> {
  constructor(options: ImportWorkerOptions) {
    const { database, failed, claim: claimSome = claimImports } = options;
    super({
      database,
      wakesOnCommit: false,
      mostAtOnce: MOST_AT_ONCE,
      sweepInterval: Number.POSITIVE_INFINITY,
      sweep: async () => {},
      claim: (claim, lease, most) => claimSome(database.db, claim, lease, most),
      attempt: async (claimed, { signal, isCut, settle }) => {
        const stint = new Stint(options, claimed, signal);
        try {
          await stint.run();
          const { row } = stint;
          if (row.state === 'RUNNING') await settle(() => release(database, row, 0));
          else await analyzeTables(database.db).catch(failed);
        } catch (error) {
          await settle(() => end(options, stint.row, error, isCut()));
        }
      },
      failed,
    });
  }
}

type ClientFor = (signal: AbortSignal) => VendorClient;

/** What is done of an import while it is claimed. */
class Stint {
  /** As far as it has come. */
  row: CallImportRow;
  readonly #options: ImportWorkerOptions;
  readonly #signal: AbortSignal;
  readonly #began = performance.now();

  constructor(options: ImportWorkerOptions, row: CallImportRow, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
    this.row = row;
  }

  async run(): Promise<void> {
    const { database, open, vendorOf, clientOf } = this.#options;
    const of = await readAccount(database.db, this.row);
    const account = await open(of);
    const vendor = vendorOf(of.system);
    const paced = (client: VendorClient) =>
      pacedClient(database, of, client, this.#signal, { canWait: true });
    const { from, until: to } = this.row;
    const read = pageReader(vendor, { from, to, known: knownSessions(database, this.row) }, account, paced);
    const unpaced = (signal: AbortSignal) => clientOf(account, signal);
    if (!this.row.isAsking) return this.#writePages(of, account, vendor, read, unpaced);
    await this.#askForPages(account, vendor, read, unpaced, paced);
    if (this.row.state === 'DONE') this.#report(of, { created: 0, updated: 0, failed: 0, read: 0 });
  }

  get #isOver(): boolean {
    const { stint = STINT } = this.#options;
    return this.#signal.aborted || performance.now() - this.#began >= stint;
  }

  /** Reads a page while the one before it is written. */
  async #writePages(
    of: VendorAccountRow,
    account: ConnectedAccount,
    vendor: Vendor,
    read: ReadCalls,
    clientFor: ClientFor,
  ): Promise<void> {
    const begin = (cursor: unknown) => {
      const use = new AbortController();
      const page = read(cursor, clientFor(AbortSignal.any([this.#signal, use.signal])));
      // It is awaited later, or not if the page before it cannot be written.
      page.catch(() => {});
      return { page, end: () => use.abort() };
    };
    let reading = begin(this.row.cursor);
    for (;;) {
      const { end } = reading;
      const page = await reading.page;
      const isOver = page.next === null || this.#isOver;
      if (!isOver) reading = begin(page.next);
      const { row, ...counts } = await writePage(this.#options, this.row, account, vendor, page);
      end();
      this.row = row;
      this.#report(of, { ...counts, read: page.read });
      if (isOver) return;
    }
  }

  /** All calls are written: what their vendor keeps of them elsewhere comes last, because it takes long. */
  async #askForPages(
    account: ConnectedAccount,
    vendor: Vendor,
    read: ReadCalls,
    clientFor: ClientFor,
    paced: (client: VendorClient) => VendorClient,
  ): Promise<void> {
    const each: ForEach = (run) => scoped(this.#signal, (signal) => run(paced(clientFor(signal))));
    do {
      const { records, next } = await scoped(this.#signal, (signal) =>
        read(this.row.cursor, clientFor(signal)),
      );
      for await (const row of askForPage(this.#options, this.row, account, vendor, records, each)) {
        this.row = row;
        if (this.#isOver) return;
      }
      this.row = await endAsking(this.#options.database, this.row, next);
    } while (this.row.state === 'RUNNING' && !this.#isOver);
  }

  #report({ name, system }: VendorAccountRow, counts: PageCounts & { read: number }): void {
    this.#options.imported({ ...counts, row: this.row, account: { name, system } });
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
    if (error instanceof RecordedDenied) {
      await endWithoutRest(database, row, error.message);
      return importFailed({ row, reason: error.message, isFinal: true });
    }
    const reason = reasonOf(error);
    if (reason === null) failed(error);
    const text = reason ?? 'The gateway failed; its log says why.';
    const isOver = isFinal(error, row);
    if (isOver) await fail(database, row, text);
    else await release(database, row, delayFor(row, error), text);
    importFailed({ row, reason: text, isFinal: isOver });
  } catch (lost) {
    if (!(lost instanceof ImportLost)) throw lost;
  }
}
