import type { CallTarget } from '../calls/reference/call-target.values.js';
import type { LogPosition } from '../changes/change.queries.js';
import { BEGINNING } from '../changes/log-position.js';
import { type Account, runFor } from '../db/connection/account.js';
import type { CommitSignals } from '../db/connection/commit-signals.js';
import type { Database } from '../db/database.js';
import { sharedQuestion } from '../db/loading/shared-read.js';
import { refuseUnknown } from '../foundation/refusal.js';
import type { Viewer } from '../identity/viewer.js';
import { callImportQueries, type ShownImport } from '../vendors/imports/call-import.queries.js';
import type { LiveDependencies } from './audience.js';
import { BoundedSemaphore } from './bounded-semaphore.js';
import type { Charges } from './charges.js';
import { CommitNotifier } from './commit-notifier.js';
import { ImportFeed, type ImportMember } from './imports/import-feed.js';
import { ImportSubscription } from './imports/import-subscription.js';
import { liveQueries } from './live.queries.js';
import { LiveSubscription } from './live-subscription.js';
import { LogPages } from './log-pages.js';
import { PolledFeeds } from './polled-feeds.js';
import type { ChangedRow, RowSource } from './rows/changed-row.values.js';
import { FoundRows } from './rows/found-rows.js';
import { RowFeed } from './rows/row-feed.js';
import { rowHorizonQuery } from './rows/row-horizon.queries.js';
import type { RowKind } from './rows/row-interest.js';
import { rowSources } from './rows/row-sources.js';
import type { AnyHandle, Subscriber } from './subscription-handle.js';
import { Tail } from './tail.js';

const PAGES_AT_ONCE = 8;

export interface LiveServiceOptions {
  database: Database;
  listener: Pick<CommitSignals, 'listen'>;
  failed(error: unknown): void;
  charges: Charges;
}

export class LiveService {
  readonly #dependencies: LiveDependencies;
  readonly #tail: Tail;
  readonly #rowSources: Record<RowKind, RowSource<ChangedRow, object>>;
  readonly #rowFeeds: Record<RowKind, PolledFeeds<ChangedRow>>;
  readonly #importFeeds: PolledFeeds<ShownImport, ImportMember>;
  readonly #notifier: CommitNotifier;
  readonly #end: (account: Account, question: null) => Promise<LogPosition>;
  #subscribers = 0;
  #isClosed = false;

  constructor({ database, listener, failed, charges }: LiveServiceOptions) {
    const queries = liveQueries(database.db);
    this.#end = sharedQuestion(async (organization) => {
      const [last] = await queries.end.execute({ organization });
      return last ?? BEGINNING;
    });
    const pages = new LogPages(queries, (account) => this.end(account));
    const semaphore = new BoundedSemaphore(PAGES_AT_ONCE);
    const report = (error: unknown) => this.#isClosed || failed(error);
    this.#dependencies = { queries, pages, charges, semaphore, failed: report };
    this.#tail = new Tail(this.#dependencies, listener);
    const sources = rowSources(database.db);
    const horizon = rowHorizonQuery(database.db);
    const feedsOf = (rows: RowKind) =>
      new PolledFeeds<ChangedRow>(
        listener,
        (organization) => new RowFeed(organization, sources[rows], horizon, report),
      );
    this.#rowSources = sources;
    this.#rowFeeds = { deliveries: feedsOf('deliveries'), events: feedsOf('events') };
    const imports = callImportQueries(database.db);
    this.#importFeeds = new PolledFeeds(
      listener,
      (organization) => new ImportFeed(organization, imports, report),
    );
    this.#notifier = new CommitNotifier(database.signals, () => {
      this.#tail.wake();
      for (const feeds of this.#polledFeeds) feeds.wake();
    });
  }

  /** A row's position, not the horizon: Postgres may reuse transaction ids below the horizon after a crash. */
  end(account: Account): Promise<LogPosition> {
    return this.#end(account, null);
  }

  /**
   * The id stays valid if the record is joined into another later.
   * @throws Refusal NOT_FOUND
   */
  async recordOf({ organization, account }: Viewer, target: CallTarget): Promise<string> {
    const { system = null, name = null, value = null } = 'id' in target ? {} : target.reference;
    const id = 'id' in target ? target.id : null;
    const named = { organization: organization.id, id, system, name, value };
    const [record] = await runFor(account, () => this.#dependencies.queries.recordNamed.execute(named));
    return record?.id ?? refuseUnknown('Call', target, 'id' in target ? 'id' : 'reference');
  }

  get #polledFeeds(): Pick<PolledFeeds<never>, 'admitted' | 'wake' | 'stop'>[] {
    return [...Object.values(this.#rowFeeds), this.#importFeeds];
  }

  get counts(): { subscribers: number } & Tail['counts'] {
    const { admitted, ...counts } = this.#tail.counts;
    const ofFeeds = this.#polledFeeds.reduce((sum, feeds) => sum + feeds.admitted, 0);
    return { ...counts, subscribers: this.#subscribers, admitted: admitted + ofFeeds };
  }

  subscribe(subscription: AnyHandle, subscriber: Subscriber): () => void {
    const liveSubscription = this.#subscriptionOf(subscription, subscriber);
    this.#subscribers += 1;
    void liveSubscription.start();
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#subscribers -= 1;
      liveSubscription.end();
    };
  }

  #subscriptionOf(handle: AnyHandle, subscriber: Subscriber) {
    const dependencies = this.#dependencies;
    if ('rows' in handle) {
      const { [handle.rows]: feeds } = this.#rowFeeds;
      return new FoundRows(dependencies, feeds, this.#rowSources[handle.rows], handle, subscriber);
    }
    if ('importId' in handle) {
      return new ImportSubscription(dependencies, this.#importFeeds, handle, subscriber);
    }
    return new LiveSubscription(dependencies, this.#tail, handle, subscriber);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#notifier.close();
    for (const feeds of this.#polledFeeds) await feeds.stop();
    await this.#tail.stop();
  }
}
