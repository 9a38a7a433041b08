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
import { deliveryFigures, type SystemFigures } from './delivery/delivery-figures.queries.js';
import { DeliveryWorker, type Tried } from './delivery/delivery-worker.service.js';
import { outgoingQueries } from './delivery/outgoing.queries.js';
import { VendorClients } from './request/vendor-clients.js';

/** Milliseconds that the test of an account may take. */
const TEST = 15_000;

export interface VendorsOptions {
  database: Database;
  admissions: EventAdmissions;
  secretsKeys?: readonly SecretsKey[] | undefined;
  /** Whether this process sends deliveries. */
  vendors: boolean;
  vendorsAllowPrivate: boolean;
  /** Seconds. */
  callFlowExpiry: number;
  tried(result: Tried): void;
  failed(error: unknown): void;
}

/** The accounts, the worker that sends their deliveries, and the audio that they have. */
export class Vendors {
  readonly accounts: VendorAccountService;
  readonly audio: RecordingAudio;
  readonly #options: VendorsOptions;
  readonly #clients: VendorClients;
  readonly #worker: DeliveryWorker;
  #hasAccounts = false;

  constructor(options: VendorsOptions) {
    const { database, admissions, vendorsAllowPrivate, callFlowExpiry, tried, failed } = options;
    const keys = options.secretsKeys ?? [];
    const sealed = new SealedSecrets(keys);
    const clients = new VendorClients({ allowPrivate: vendorsAllowPrivate });
    this.#options = options;
    this.#clients = clients;
    this.accounts = new VendorAccountService(database, {
      sealed,
      allowPrivate: vendorsAllowPrivate,
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
    const sender = {
      database,
      intake: new IntakeService(admissions),
      voiceCalls: new VoiceCallService(database, admissions),
      callFlows: new CallFlowService(database),
      read: outgoingQueries(database.db),
      vendorOf,
      open: openAccount.bind(null, sealed),
      clientOf: clients.clientOf.bind(clients),
      callFlowExpiry,
      failed,
    };
    this.#worker = new DeliveryWorker({ database, sender, tried, failed });
  }

  /** Called with each look at the database, so that without accounts nothing more is asked. */
  setHasAccounts(hasAccounts: boolean): void {
    this.#hasAccounts = hasAccounts;
    this.#worker.setNeeded(hasAccounts && this.#options.vendors);
  }

  async figures(): Promise<SystemFigures[]> {
    return this.#hasAccounts ? deliveryFigures(this.#options.database.db) : [];
  }

  async close(): Promise<void> {
    await this.#worker.close();
    await this.#clients.close();
  }
}
