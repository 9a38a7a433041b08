import type { ShownImport } from '../../vendors/imports/call-import.queries.js';
import type { LiveDependencies } from '../audience.js';
import type { PolledFeeds } from '../polled-feeds.js';
import { RowSubscription } from '../row-subscription.js';
import type { ImportHandle, Subscriber } from '../subscription-handle.js';
import type { ImportMember } from './import-feed.js';

/** Complete once its import has ended. */
export class ImportSubscription extends RowSubscription<ShownImport> implements ImportMember {
  readonly importId: string;
  readonly #organization: string;
  readonly #feeds: PolledFeeds<ShownImport, ImportMember>;

  constructor(
    dependencies: LiveDependencies,
    feeds: PolledFeeds<ShownImport, ImportMember>,
    handle: ImportHandle,
    subscriber: Subscriber,
  ) {
    super(dependencies, handle, subscriber);
    this.importId = handle.importId;
    this.#organization = handle.organization;
    this.#feeds = feeds;
  }

  override start(): void {
    this.#feeds.join(this.#organization, this);
  }

  protected override leave(): void {
    this.#feeds.leave(this.#organization, this);
  }

  protected override get filter(): null {
    return null;
  }

  protected override isFound(): boolean {
    return true;
  }

  protected override isLast({ state }: ShownImport): boolean {
    return state !== 'RUNNING';
  }
}
