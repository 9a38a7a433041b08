import { CallFlowService } from '../call-flows/call-flow.service.js';
import type { SecretsKey } from '../config/secrets-keys.js';
import type { Database } from '../db/database.js';
import type { EventAdmissions } from '../events/event-admissions.service.js';
import { IntakeService } from '../intake/intake.service.js';
import { VoiceCallService } from '../voice-calls/voice-call.service.js';
import { openAccount } from './account/connected-account.js';
import { vendorOf } from './account/given-vendor.js';
import { SealedSecrets } from './account/sealed-secrets.js';
import { VendorAccountService } from './account/vendor-account.service.js';
import { audioQueries } from './audio/audio.queries.js';
import { RecordingAudio } from './audio/recording-audio.service.js';
import { RecordingUrls } from './audio/recording-urls.js';
import { DeliveryWorker, type Tried } from './delivery/delivery-worker.service.js';
import { outgoingQueries } from './delivery/outgoing.queries.js';
import { type ImportedPage, type ImportFailure, ImportWorker } from './imports/import-worker.service.js';
import { MessageWorker, type ProcessedMessage } from './inbound/message-worker.service.js';
import { ReceiptService } from './inbound/receipt.service.js';
import { type ReadUpdates, UpdatesWorker } from './inbound/updates-worker.service.js';
import type { VendorClients } from './request/vendor-clients.js';
import { type SystemFigures, systemFigures } from './system-figures.queries.js';

/** Milliseconds that the test of an account may take. */
const TEST = 15_000;

export interface VendorsOptions {
  database: Database;
  admissions: EventAdmissions;
  secretsKeys?: readonly SecretsKey[] | undefined;
  /** Whether this process sends deliveries. */
  vendors: boolean;
  vendorsAllowPrivate: boolean;
  /** The caller closes them. */
  clients: VendorClients;
  /** The address at which vendors reach the gateway, without a slash at its end. */
  publicUrl(): string;
  /** Seconds. */
  callFlowExpiry: number;
  tried(result: Tried): void;
  processed(result: ProcessedMessage): void;
  updatesRead(result: ReadUpdates): void;
  imported(page: ImportedPage): void;
  importFailed(failure: ImportFailure): void;
  failed(error: unknown): void;
}

/** The accounts, the workers that send their deliveries, apply their messages and import their calls, and the audio that they have. */
export class Vendors {
  readonly accounts: VendorAccountService;
  readonly audio: RecordingAudio;
  readonly #options: VendorsOptions;
  readonly receipts: ReceiptService;
  readonly #workers: readonly [DeliveryWorker, MessageWorker, UpdatesWorker, ImportWorker];
  #hasAccounts = false;

  constructor(options: VendorsOptions) {
    const { database, admissions, vendorsAllowPrivate, clients, callFlowExpiry, tried, failed } = options;
    const keys = options.secretsKeys ?? [];
    const sealed = new SealedSecrets(keys);
    this.#options = options;
    this.accounts = new VendorAccountService(database, {
      sealed,
      allowPrivate: vendorsAllowPrivate,
      publicUrl: options.publicUrl,
      connect: (account) => clients.clientOf(account, AbortSignal.timeout(TEST)),
      created: () => this.setHasAccounts(true),
    });
    this.audio = new RecordingAudio({
      queries: audioQueries(database.db),
      urls: new RecordingUrls(keys),
      vendorOf,
      canOpen: ({ secrets }) => secrets !== null && sealed.hasKeyOf(secrets),
      open: openAccount.bind(null, sealed),
      clientOf: clients.audioClientOf.bind(clients),
    });
    const stores = {
      database,
      intake: new IntakeService(admissions),
      voiceCalls: new VoiceCallService(database, admissions),
      callFlows: new CallFlowService(database),
      vendorOf,
      open: openAccount.bind(null, sealed),
      clientOf: clients.clientOf.bind(clients),
      failed,
    };
    const sender = { ...stores, read: outgoingQueries(database.db), callFlowExpiry };
    const messages = { ...stores, publicUrl: options.publicUrl };
    const messageWorker = new MessageWorker({ ...messages, processed: options.processed });
    this.receipts = new ReceiptService(database, () => messageWorker.wake());
    this.#workers = [
      new DeliveryWorker({ database, sender, tried, failed }),
      messageWorker,
      new UpdatesWorker({ ...messages, updatesRead: options.updatesRead }),
      new ImportWorker({ ...stores, imported: options.imported, importFailed: options.importFailed }),
    ];
  }

  /** Called with each look at the database, so that without accounts nothing more is asked. */
  setHasAccounts(hasAccounts: boolean): void {
    this.#hasAccounts = hasAccounts;
    for (const worker of this.#workers) worker.setNeeded(hasAccounts && this.#options.vendors);
  }

  async figures(): Promise<SystemFigures[]> {
    return this.#hasAccounts ? systemFigures(this.#options.database.db) : [];
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.close()));
  }
}
