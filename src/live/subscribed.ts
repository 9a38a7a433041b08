import { setTimeout as sleep } from 'node:timers/promises';
import type { LogPosition } from '../changes/change.queries.js';
import { comparePositions } from '../changes/log-position.js';
import { newAccount } from '../db/account.js';
import type { Frame, Means, Member, Subscriber, Subscription } from './audience.js';
import { Course } from './course.js';
import type { Feed } from './feed.js';
import { Patience, persistently } from './persistently.js';
import type { Tail } from './tail.js';

/** Milliseconds at most between two looks whether a key still owes something. */
const DEBT_LOOK = 1_000;

/**
 * One subscriber, from the replay of what it has missed to its leave. It hears of changes in an audience as long as it takes
 * them; one that has no room for more leaves it, and reads on by itself, at its own pace, until it has caught up again.
 */
export class Subscribed implements Member {
  readonly #means: Means;
  readonly #tail: Tail;
  readonly #subscription: Subscription;
  readonly #subscriber: Subscriber;
  #feed: Feed | null = null;
  /** The place up to which it has been sent everything. */
  #position: LogPosition | null;
  #isOver = false;

  constructor(means: Means, tail: Tail, subscription: Subscription, subscriber: Subscriber) {
    this.#means = means;
    this.#tail = tail;
    this.#subscription = subscription;
    this.#subscriber = subscriber;
    this.#position = subscription.after;
  }

  get holder(): string {
    return this.#subscription.holder;
  }

  async begin(): Promise<void> {
    const { organization, holder } = this.#subscription;
    const { pages, failed } = this.#means;
    try {
      const patience = new Patience(failed, () => this.#position);
      const end = await persistently(
        () => pages.end(newAccount(organization, holder)),
        this.#isWanted,
        (error) => patience.test(error),
      );
      if (end === undefined || this.#isOver) return;
      this.#position ??= end;
      this.#feed = this.#tail.open(organization, end);
      await this.#catchUp(this.#feed, this.#position);
    } catch (error) {
      this.fail(error);
    }
  }

  receive(frames: readonly Frame[], end: LogPosition): void {
    const position = this.#position ?? end;
    const [first] = frames;
    const fresh =
      first === undefined || comparePositions(first.place, position) > 0
        ? frames
        : frames.filter(({ place }) => comparePositions(place, position) > 0);
    const taken = fresh.length === 0 ? 0 : this.#subscriber.send(fresh);
    if (this.#isOver || this.#feed === null) return;
    if (taken === fresh.length) {
      if (comparePositions(end, position) > 0) this.#position = end;
      return;
    }
    const behind = fresh[taken - 1]?.place ?? position;
    this.#position = behind;
    this.#feed.dismiss(this.#subscription, this);
    this.#catchUp(this.#feed, behind).catch((error) => this.fail(error));
  }

  fail(error: unknown): void {
    if (!this.#isOver) this.#subscriber.fail(error);
  }

  end(): void {
    this.#isOver = true;
    if (this.#feed === null) return;
    this.#feed.dismiss(this.#subscription, this);
    this.#tail.close(this.#feed);
    this.#feed = null;
  }

  readonly #isWanted = () => !this.#isOver;

  /** Reads on until it has what the audience has; in the same turn it is let in. What it is charged slows it down. */
  async #catchUp(feed: Feed, from: LogPosition): Promise<void> {
    const { failed, charges, turns } = this.#means;
    const course = new Course(this.#means, this.#subscription, from);
    const patience = new Patience(failed, () => course.position);
    let hasPaid = false;
    const receiver = {
      pay: (points: number) => {
        if (this.#isOver || (hasPaid && charges.debt(this.holder) > 0)) return false;
        charges.take(this.holder, points);
        hasPaid = true;
        return true;
      },
      deliver: (frames: readonly Frame[]) => {
        if (this.#isOver) return 0;
        return frames.length === 0 ? 0 : this.#subscriber.send(frames);
      },
    };
    const readOn = (attempt: AbortSignal) => course.readOn(receiver, attempt);
    for (;;) {
      await this.#subscriber.drained();
      for (
        let debt = charges.debt(this.holder);
        debt > 0 && !this.#isOver;
        debt = charges.debt(this.holder)
      ) {
        await sleep(Math.min(DEBT_LOOK, 1_000 * debt), undefined, { ref: false });
      }
      if (this.#isOver) return;
      this.#position = course.position;
      if (feed.admit(this.#subscription, this, course.position)) break;
      hasPaid = false;
      await turns.take(this.holder, () =>
        persistently(readOn, this.#isWanted, (error) => patience.test(error)),
      );
    }
    // Nobody may have looked for what came meanwhile.
    this.#tail.wake();
  }
}
