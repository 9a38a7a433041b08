import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterThisTurn } from './turn.js';

/** Milliseconds of the event loop that a key may use at a stretch, and the share of it that it may use for good, before others come first. */
const FREE = 20;
const SHARE = 1 / 4;
/** A key is held to what it has used so far back only. */
const MOST_DEBT = 1_000;

/** Milliseconds of work that is let go in one turn; a single piece may take longer. */
const TURN = 2;
/** Milliseconds for which others are left alone at most after such a turn. */
const MOST_REST = 50;
const FORGET_EVERY = 1_000;

/** What a key takes of the event loop. */
interface Lane {
  /** Milliseconds that it has used beyond its share, as of `at`. */
  debt: number;
  at: number;
  /** Requests under way. */
  executing: number;
  /** Whether others come first, as it was found when it last did something. */
  isHeavy: boolean;
  /** Milliseconds that a piece of its work takes, about. */
  piece: number;
  isRecent: boolean;
}

interface Paused {
  lane: Lane;
  resume(): void;
}

/**
 * Shares the one thread between keys. Whatever a request does at a stretch keeps all others waiting, and one that has many
 * such pieces ready makes them wait for all: so each piece of a key that uses much waits for a turn of the loop of its own,
 * and after it requests of others run alone as long as it took, if there are any. Keys that use little never wait,
 * and nothing is measured while there is one key alone.
 */
export class EventLoop {
  readonly #lanes = new Map<string, Lane>();
  /** Requests under way of keys that are not heavy. */
  #light = 0;
  #current: Lane | null = null;
  #since = 0;
  #isEnding = false;
  #paused: Paused[] = [];
  #isPumping = false;
  #restUntil = 0;
  #forgetting: NodeJS.Timeout | undefined;
  readonly #now: () => number;

  constructor(now = () => performance.now()) {
    this.#now = now;
  }

  /** Notes that a request of the key begins; answers with what ends it. */
  enter(key: string): () => void {
    const lane = this.#laneOf(key);
    lane.executing += 1;
    if (!lane.isHeavy) this.#light += 1;
    return () => {
      lane.executing -= 1;
      if (!lane.isHeavy) this.#light -= 1;
    };
  }

  /**
   * Called before a piece of work for the key, e.g. on what a statement has answered. Answers with what to wait for first, or
   * with nothing where the work may go on.
   */
  pause(key: string): Promise<void> | undefined {
    const lane = this.#laneOf(key);
    if (!this.isShared) return undefined;
    const now = this.#now();
    this.#charge(now);
    this.#settle(lane, now);
    if (!lane.isHeavy) {
      this.#run(lane, now);
      return undefined;
    }
    const turn = new Promise<void>((resume) => {
      this.#paused.push({ lane, resume });
      this.#pumpSoon();
    });
    return turn.then(() => this.#run(lane, this.#now()));
  }

  /** How many keys are about, or were a moment ago. */
  get size(): number {
    return this.#lanes.size;
  }

  /** Whether there are several. */
  get isShared(): boolean {
    return this.#lanes.size > 1;
  }

  /** The promise, settled when it is the key's turn: several wait for it, and what each makes of it is a piece of its own. */
  after<T>(key: string, promise: Promise<T>): Promise<T> {
    if (!this.isShared || this.#lanes.get(key)?.isHeavy !== true) return promise;
    return promise.then(async (value) => {
      await this.pause(key);
      return value;
    });
  }

  /** Maps items in their order, as many at a stretch as are worth a turn. */
  async map<Item, Result>(
    key: string,
    items: readonly Item[],
    work: (item: Item) => Result,
  ): Promise<Result[]> {
    const results: Result[] = [];
    let since = this.#now();
    for (const item of items) {
      results.push(work(item));
      if (this.#now() - since < TURN || !this.isShared) continue;
      await (this.pause(key) ?? nextTurn());
      since = this.#now();
    }
    return results;
  }

  #laneOf(key: string): Lane {
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      lane = { debt: 0, at: this.#now(), executing: 0, isHeavy: false, piece: TURN, isRecent: true };
      this.#lanes.set(key, lane);
      this.#forgetting ??= setInterval(() => this.#forget(), FORGET_EVERY).unref();
    }
    lane.isRecent = true;
    return lane;
  }

  /** What runs from now on is the lane's, until something of another one begins or the loop turns. */
  #run(lane: Lane, now: number): void {
    this.#charge(now);
    this.#current = lane;
    this.#since = now;
    if (this.#isEnding) return;
    this.#isEnding = true;
    setImmediate(() => {
      this.#isEnding = false;
      this.#charge(this.#now());
    });
  }

  #charge(now: number): void {
    const lane = this.#current;
    if (lane === null) return;
    this.#current = null;
    this.#settle(lane, now);
    lane.debt = Math.min(lane.debt + now - this.#since, MOST_DEBT);
  }

  #settle(lane: Lane, now: number): void {
    lane.debt = debtOf(lane, now);
    lane.at = now;
    const isHeavy = lane.debt > FREE;
    if (isHeavy === lane.isHeavy) return;
    lane.isHeavy = isHeavy;
    this.#light += isHeavy ? -lane.executing : lane.executing;
  }

  #pumpSoon(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    afterThisTurn(() => this.#pump());
  }

  /** Lets some of the work go that waits: of the key that has used the least, as much as is worth a turn. */
  #pump(): void {
    const now = this.#now();
    if (this.#light > 0 && now < this.#restUntil) {
      setTimeout(() => this.#pump(), 1);
      return;
    }
    const lane = this.#next(now);
    if (lane === null) {
      this.#isPumping = false;
      return;
    }
    const due = this.#take(lane, Math.max(1, Math.floor(TURN / lane.piece)));
    for (const { resume } of due) resume();
    // Comes behind all that they do at once; what the network has for others is looked at before the next.
    setImmediate(() => {
      const took = this.#now() - now;
      lane.piece += (took / due.length - lane.piece) / 4;
      this.#restUntil = now + took + Math.min(took, MOST_REST);
      afterThisTurn(() => this.#pump());
    });
  }

  /** The key among those that wait which has used the least. */
  #next(now: number): Lane | null {
    let found: Lane | null = null;
    for (const { lane } of this.#paused) {
      if (found !== null && debtOf(lane, now) >= debtOf(found, now)) continue;
      found = lane;
    }
    return found;
  }

  /** The first few of the lane. */
  #take(lane: Lane, most: number): Paused[] {
    const due: Paused[] = [];
    const rest: Paused[] = [];
    for (const paused of this.#paused) (paused.lane === lane && due.length < most ? due : rest).push(paused);
    this.#paused = rest;
    return due;
  }

  #forget(): void {
    const now = this.#now();
    for (const [key, lane] of this.#lanes) {
      if (!lane.isRecent && lane.executing === 0 && debtOf(lane, now) === 0) this.#lanes.delete(key);
      lane.isRecent = false;
    }
    if (this.#lanes.size > 0) return;
    clearInterval(this.#forgetting);
    this.#forgetting = undefined;
  }
}

const debtOf = ({ debt, at }: Lane, now: number): number => Math.max(0, debt - (now - at) * SHARE);

export const eventLoop = new EventLoop();
