import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterThisTurn } from './turn.js';

/** Milliseconds that a key may use at once, and its long-term share. */
const FREE = 20;
const SHARE = 1 / 4;
const MOST_DEBT = 1_000;

/** Milliseconds; a single piece may take longer. */
const TURN = 2;
/**
 * The loop is left to light keys for as long as a heavy turn took; after a noticeable one REST times as long, up to
 * MOST_REST, even if they have had no request for up to STAYING ms.
 */
const NOTICED = 5;
const REST = 1 / SHARE - 1;
const MOST_REST = 200;
const STAYING = 100;
const FORGET_EVERY = 1_000;

interface Lane {
  debt: number;
  at: number;
  executing: number;
  isHeavy: boolean;
  piece: number;
  isRecent: boolean;
}

interface Paused {
  lane: Lane;
  resume(): void;
}

/**
 * Shares the single thread between keys. After a heavy key's turn, the loop is left to others. Light keys never wait,
 * and nothing is measured while only one key is active.
 */
export class EventLoop {
  readonly #lanes = new Map<string, Lane>();
  #light = 0;
  #lightAt = Number.NEGATIVE_INFINITY;
  #current: Lane | null = null;
  #since = 0;
  #isEnding = false;
  #paused: Paused[] = [];
  #isPumping = false;
  #restUntil = 0;
  #staying = 0;
  #forgetting: NodeJS.Timeout | undefined;
  readonly #now: () => number;

  constructor(now = () => performance.now()) {
    this.#now = now;
  }

  enter(key: string): () => void {
    const lane = this.#laneOf(key);
    this.#execute(lane, 1);
    return () => this.#execute(lane, -1);
  }

  /** Call before a piece of work. Await the result first, if any. */
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

  get size(): number {
    return this.#lanes.size;
  }

  get isShared(): boolean {
    return this.#lanes.size > 1;
  }

  after<T>(key: string, promise: Promise<T>): Promise<T> {
    if (!this.isShared) return promise;
    return promise.then((value) => this.pause(key)?.then(() => value) ?? value);
  }

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

  #execute(lane: Lane, more: 1 | -1): void {
    lane.executing += more;
    if (lane.isHeavy) return;
    this.#light += more;
    this.#lightAt = this.#now();
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

  #pump(): void {
    const now = this.#now();
    if (now < this.#restUntil && (this.#light > 0 || now - this.#lightAt < this.#staying)) {
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
    // Runs after everything that they do synchronously; network events of others come before the next pump.
    setImmediate(() => {
      const took = this.#now() - now;
      lane.piece += (took / due.length - lane.piece) / 4;
      const isNoticed = took > NOTICED;
      this.#staying = isNoticed ? STAYING : 0;
      this.#restUntil = now + took + Math.min(took * (isNoticed ? REST : 1), MOST_REST);
      afterThisTurn(() => this.#pump());
    });
  }

  #next(now: number): Lane | null {
    let found: Lane | null = null;
    for (const { lane } of this.#paused) {
      if (found !== null && debtOf(lane, now) >= debtOf(found, now)) continue;
      found = lane;
    }
    return found;
  }

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
