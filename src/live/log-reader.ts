import { setTimeout as sleep } from 'node:timers/promises';
import type { LogPosition } from '../changes/change.queries.js';
import { comparePositions } from '../changes/log-position.js';
import { newAccount } from '../db/connection/account.js';
import { ChangeBatch } from './change-batch.js';
import { frameChunks } from './frame-chunks.js';
import type { LiveQueries } from './live.queries.js';
import { PAGE } from './live.queries.js';
import type { LogPages } from './log-pages.js';
import type { Frame, SubscriptionHandle } from './subscription-handle.js';

const FIRST_ROWS = 25;

const AGAIN_AFTER = 15;

export interface Receiver {
  pay(points: number): boolean;
  /** Returns how many frames it took; fewer than all means that it is full. */
  deliver(frames: readonly Frame[], end: LogPosition): number;
}

export interface LogSources {
  queries: LiveQueries;
  pages: LogPages;
}

export class LogReader {
  readonly #sources: LogSources;
  readonly #subscription: SubscriptionHandle;
  #position: LogPosition;
  #rows = FIRST_ROWS;

  constructor(sources: LogSources, subscription: SubscriptionHandle, position: LogPosition) {
    this.#sources = sources;
    this.#subscription = subscription;
    this.#position = position;
  }

  get position(): LogPosition {
    return this.#position;
  }

  /** An aborted attempt does not move the position. */
  async take(batch: ChangeBatch, end: LogPosition, receiver: Receiver, attempt: AbortSignal): Promise<void> {
    let isWanted = true;
    const pay = (points: number) => {
      isWanted = !attempt.aborted && receiver.pay(points);
      return isWanted;
    };
    for await (const { frames, end: last } of frameChunks(this.#subscription, batch, this.#position, pay)) {
      if (attempt.aborted) return;
      const taken = receiver.deliver(frames, last);
      isWanted = taken === frames.length;
      this.#advance(isWanted ? last : frames[taken - 1]?.position);
      if (!isWanted) return;
    }
    if (!isWanted || attempt.aborted) return;
    receiver.deliver([], end);
    this.#advance(end);
  }

  async readOn(receiver: Receiver, attempt: AbortSignal): Promise<void> {
    const { queries, pages } = this.#sources;
    const { organization, keyId } = this.#subscription;
    const account = newAccount(organization, keyId);
    const { changes, end } = await pages.read(account, this.#subscription.callId, this.#position, this.#rows);
    // A running transaction may hold back changes that others received before it drew its label.
    if (comparePositions(end, this.#position) <= 0) return void (await sleep(AGAIN_AFTER));
    const batch = await ChangeBatch.read(queries, account, changes, [this.#subscription]);
    this.#rows = batch.isLarge ? Math.max(1, this.#rows >> 1) : Math.min(PAGE, 2 * this.#rows);
    await this.take(batch, end, receiver, attempt);
  }

  #advance(position = this.#position): void {
    if (comparePositions(position, this.#position) > 0)
      this.#position = { label: position.label, seq: position.seq };
  }
}
