import type { LogPosition } from '../changes/change.queries.js';
import { comparePositions } from '../changes/log-position.js';
import { newAccount } from '../db/account.js';
import type { Frame, Subscription } from './audience.js';
import { Batch } from './batch.js';
import type { LiveQueries } from './live.queries.js';
import { PAGE } from './live.queries.js';
import type { LogPages } from './log-pages.js';
import { partsOf } from './parts.js';

/** Rows of the first page: what they come to is not known before they are read. */
const FIRST_ROWS = 25;

/** Where a subscription's frames go. */
export interface Receiver {
  /** Is charged for what is about to be done; false where it is not to be done. */
  pay(points: number): boolean;
  /** Takes frames, and the place up to which there are no others. Answers with how many it has taken: all, or no more for now. */
  deliver(frames: readonly Frame[], end: LogPosition): number;
}

export interface Sources {
  queries: LiveQueries;
  pages: LogPages;
}

/** How far one subscription has come in the log: everything up to its position has been delivered, and nothing behind it. */
export class Course {
  readonly #sources: Sources;
  readonly #subscription: Subscription;
  #position: LogPosition;
  #rows = FIRST_ROWS;

  constructor(sources: Sources, subscription: Subscription, position: LogPosition) {
    this.#sources = sources;
    this.#subscription = subscription;
    this.#position = position;
  }

  get position(): LogPosition {
    return this.#position;
  }

  /** Delivers what a batch, which goes up to `end`, has behind the position. An attempt that was given up moves nothing. */
  async take(batch: Batch, end: LogPosition, receiver: Receiver, attempt: AbortSignal): Promise<void> {
    let isWanted = true;
    const pay = (points: number) => {
      isWanted = !attempt.aborted && receiver.pay(points);
      return isWanted;
    };
    for await (const { frames, end: last } of partsOf(this.#subscription, batch, this.#position, pay)) {
      if (attempt.aborted) return;
      const taken = receiver.deliver(frames, last);
      isWanted = taken === frames.length;
      this.#advance(isWanted ? last : frames[taken - 1]?.place);
      if (!isWanted) return;
    }
    if (!isWanted || attempt.aborted) return;
    receiver.deliver([], end);
    this.#advance(end);
  }

  /** Reads what comes next in the log, and delivers it. */
  async readOn(receiver: Receiver, attempt: AbortSignal): Promise<void> {
    const { queries, pages } = this.#sources;
    const { organization, holder } = this.#subscription;
    const account = newAccount(organization, holder);
    const { changes, end } = await pages.read(account, this.#subscription.callId, this.#position, this.#rows);
    const batch = await Batch.read(queries, account, changes, [this.#subscription]);
    this.#rows = batch.isLarge ? Math.max(1, this.#rows >> 1) : Math.min(PAGE, 2 * this.#rows);
    await this.take(batch, end, receiver, attempt);
  }

  #advance(place = this.#position): void {
    if (comparePositions(place, this.#position) > 0) this.#position = { label: place.label, seq: place.seq };
  }
}
