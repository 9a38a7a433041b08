import type { LogPosition } from '../changes/change.queries.js';
import { comparePositions } from '../changes/log-position.js';
import type { Batch, Interest, LiveChange } from './batch.js';

/** What a subscriber is sent of one change. */
export interface Frame {
  place: LogPosition;
  /** The answer to its document, as JSON in UTF-8; shared by all who asked the same. */
  payload: Buffer;
}

/** One end of a transport. None of its methods throws. */
export interface Subscriber {
  /** Takes all that it is given, in order; ends itself where that is too much. */
  send(frames: readonly Frame[]): void;
  /** Resolves when it has room for more, or is gone. */
  drained(): Promise<void>;
  /** Ends it: nothing more will come, because of a fault. */
  fail(error: unknown): void;
}

/** What somebody subscribes to: who asks for the same is answered by the same. */
export interface Subscription extends Interest {
  organization: string;
  /** The key, or the person, that asked first; replays and answers are charged to it. */
  holder: string;
  /** The same for those who ask for the same in the same words, and may see the same. */
  key: string;
  /** Only what came behind it; null for what comes from now on. */
  after: LogPosition | null;
  /** Answers the document for each of the changes, as JSON. Rejects where the database is away: to be asked again. */
  answer(batch: Batch, changes: LiveChange[]): Promise<string[]>;
}

/** Frames of the changes that the subscription is about. */
export async function framesOf(subscription: Subscription, batch: Batch): Promise<Frame[]> {
  const changes = batch.select(subscription);
  if (changes.length === 0) return [];
  const answers = await subscription.answer(batch, changes);
  return changes.map(({ label, seq }, index) => ({
    place: { label, seq },
    payload: Buffer.from(answers[index] ?? ''),
  }));
}

/** All who have asked an organization for the same, and have caught up with the log. */
export class Audience {
  readonly subscription: Subscription;
  /** With the place up to which each has had everything, until the tail is past it. */
  readonly #subscribers = new Map<Subscriber, LogPosition | null>();

  constructor(subscription: Subscription) {
    this.subscription = subscription;
  }

  get size(): number {
    return this.#subscribers.size;
  }

  add(subscriber: Subscriber, position: LogPosition): void {
    this.#subscribers.set(subscriber, position);
  }

  remove(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber);
  }

  /** `end` is the place up to which the log was read. */
  send(frames: readonly Frame[], end: LogPosition): void {
    for (const [subscriber, position] of this.#subscribers) {
      const fresh =
        position === null ? frames : frames.filter(({ place }) => comparePositions(place, position) > 0);
      if (position !== null && comparePositions(end, position) >= 0) this.#subscribers.set(subscriber, null);
      if (fresh.length > 0) subscriber.send(fresh);
    }
  }
}
