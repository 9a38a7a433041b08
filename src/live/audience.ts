import type { LogPosition } from '../changes/change.queries.js';
import { comparePositions } from '../changes/log-position.js';
import type { Batch, Interest, LiveChange } from './batch.js';
import type { Charges } from './charges.js';
import { Course, type Receiver, type Sources } from './course.js';
import { inTime, Patience, persistently } from './persistently.js';
import type { Turns } from './turns.js';

/** What a subscriber is sent of one change. */
export interface Frame {
  place: LogPosition;
  /** The answer to its document, as JSON in UTF-8; shared by all who asked the same. */
  payload: Buffer;
}

/** One end of a transport. None of its methods throws. */
export interface Subscriber {
  /** Takes as many as there is room for, in order, and answers with how many those are. */
  send(frames: readonly Frame[]): number;
  /** Resolves when there is room again, or it is gone. */
  drained(): Promise<void>;
  /** Ends it: nothing more will come, because of a fault. */
  fail(error: unknown): void;
}

/** Writes the answer to one change out, as JSON in UTF-8. @throws what ends the subscription, e.g. when it is too long */
export type Answer = () => Buffer;

/** What somebody subscribes to: who asks for the same is answered by the same. */
export interface Subscription extends Interest {
  organization: string;
  /** The same for those who ask for the same in the same words, and may see the same. */
  key: string;
  /** Only what came behind it; null for what comes from now on. */
  after: LogPosition | null;
  /** The key or person that is charged for it. */
  holder: string;
  /** The points of answering one change. */
  cost: number;
  /** Answers the document for each of the changes. Rejects where the database is away: to be asked again. */
  answer(batch: Batch, changes: LiveChange[]): Promise<Answer[]>;
}

/** One of an audience. */
export interface Member {
  readonly holder: string;
  /** Frames, and the place up to which there are no others. */
  receive(frames: readonly Frame[], end: LogPosition): void;
  fail(error: unknown): void;
}

/** What audiences need of the rest. */
export interface Means extends Sources {
  charges: Charges;
  turns: Turns;
  /** Hears of what goes wrong and is tried again. */
  failed(error: unknown): void;
}

/**
 * All who have asked an organization for the same, and have caught up with the log. It gets on by itself: where it is slow,
 * or has to try again, it reads what the feed has read meanwhile from the log, and nobody waits for it.
 */
export class Audience implements Receiver {
  readonly subscription: Subscription;
  readonly #means: Means;
  readonly #course: Course;
  readonly #members = new Set<Member>();
  /** Members by their holders. */
  readonly #holders = new Map<string, number>();
  #isWorking = false;

  constructor(subscription: Subscription, means: Means, position: LogPosition) {
    this.subscription = subscription;
    this.#means = means;
    this.#course = new Course(means, subscription, position);
  }

  get size(): number {
    return this.#members.size;
  }

  /** The place up to which its members have had everything. */
  get position(): LogPosition {
    return this.#course.position;
  }

  get isWorking(): boolean {
    return this.#isWorking;
  }

  add(member: Member): void {
    this.#members.add(member);
    this.#holders.set(member.holder, (this.#holders.get(member.holder) ?? 0) + 1);
  }

  remove(member: Member): void {
    if (!this.#members.delete(member)) return;
    const count = (this.#holders.get(member.holder) ?? 1) - 1;
    if (count === 0) this.#holders.delete(member.holder);
    else this.#holders.set(member.holder, count);
  }

  /**
   * Takes a batch that goes up to `end`, or where there is none what the log has, and whatever the feed has read meanwhile,
   * until it is where the feed is. Never rejects: what cannot be done ends the members.
   */
  async work(batch: Batch | null, end: LogPosition, feed: { position: LogPosition }): Promise<void> {
    this.#isWorking = true;
    const isWanted = () => this.size > 0;
    const patience = new Patience(this.#means.failed, () => this.position);
    const { turns } = this.#means;
    try {
      if (batch !== null) {
        const take = (attempt: AbortSignal) => this.#course.take(batch, end, this, attempt);
        await turns.take(this.subscription.holder, () => inTime(take)).catch((error) => patience.test(error));
      }
      while (isWanted() && comparePositions(this.position, feed.position) < 0) {
        const read = (attempt: AbortSignal) => this.#course.readOn(this, attempt);
        await turns.take(this.subscription.holder, () =>
          persistently(read, isWanted, (error) => patience.test(error)),
        );
      }
    } catch (error) {
      for (const member of [...this.#members]) member.fail(error);
    } finally {
      this.#isWorking = false;
    }
  }

  /** Each key pays once for all its members; those of one that owes too much are ended. */
  pay(points: number): boolean {
    for (const holder of [...this.#holders.keys()]) {
      const refused = this.#means.charges.take(holder, points);
      if (refused === null) continue;
      for (const member of [...this.#members]) if (member.holder === holder) member.fail(refused);
    }
    return this.size > 0;
  }

  deliver(frames: readonly Frame[], end: LogPosition): number {
    for (const member of [...this.#members]) member.receive(frames, end);
    return frames.length;
  }
}
