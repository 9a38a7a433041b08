import type { LiveDependencies } from '../audience.js';
import type { PolledFeeds } from '../polled-feeds.js';
import { RowSubscription } from '../row-subscription.js';
import type { FoundRowsHandle, Subscriber } from '../subscription-handle.js';
import type { ChangedRow, RowSource } from './changed-row.values.js';

/** The rows of one table that a subscription is about. */
export class FoundRows<Row extends ChangedRow, Interest extends object> extends RowSubscription<Row> {
  readonly #feeds: PolledFeeds<Row>;
  readonly #source: Pick<RowSource<Row, Interest>, 'isFound'>;
  readonly #handle: FoundRowsHandle<Row, Interest>;

  constructor(
    dependencies: LiveDependencies,
    feeds: PolledFeeds<Row>,
    source: Pick<RowSource<Row, Interest>, 'isFound'>,
    handle: FoundRowsHandle<Row, Interest>,
    subscriber: Subscriber,
  ) {
    super(dependencies, handle, subscriber);
    this.#feeds = feeds;
    this.#source = source;
    this.#handle = handle;
  }

  override start(): void {
    this.#feeds.join(this.#handle.organization, this);
  }

  protected override leave(): void {
    this.#feeds.leave(this.#handle.organization, this);
  }

  protected override get filter(): Interest {
    return this.#handle.interest;
  }

  protected override isFound(row: Row): boolean {
    return this.#source.isFound(this.filter, row);
  }
}
