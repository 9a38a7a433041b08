import { setTimeout as sleep } from 'node:timers/promises';
import type { LogPosition } from '../changes/change.queries.js';
import { comparePositions } from '../changes/log-position.js';
import { sharedAccount } from '../db/account.js';
import { isDatabaseAway } from '../db/unavailable.js';
import { Audience, type Means, type Member, type Subscription } from './audience.js';
import { Batch } from './batch.js';
import { type ChangeRow, PAGE } from './live.queries.js';
import { isTooLong, persistently } from './persistently.js';

/** Milliseconds that all wait for what is read for all of them, */
const READ_PATIENCE = 1_000;
/** and in which one audience more has to be done for the rest to be waited for. */
const PATIENCE = 250;

/** One organization's log as its subscribers are told of it: read once, whoever and how many they are. */
export class Feed {
  readonly organization: string;
  readonly #means: Means;
  readonly #audiences = new Map<string, Audience>();
  /** Those that were waited for in vain: until they were quick once they read for themselves, and nobody waits for them. */
  readonly #late = new WeakSet<Audience>();
  #position: LogPosition;
  #pageRows = PAGE;
  #isBusy = false;

  /** `position` is the end of the log. */
  constructor(organization: string, position: LogPosition, means: Means) {
    this.organization = organization;
    this.#position = position;
    this.#means = means;
  }

  /** The place up to which the log was read; subscribers may yet have to be told of what came before it. */
  get position(): LogPosition {
    return this.#position;
  }

  /** How many rows the next read may have: fewer where the calls are large. */
  get pageRows(): number {
    return this.#pageRows;
  }

  /** Whether there is somebody to read the log for, and what was read before is done with. */
  get isIdle(): boolean {
    return !this.#isBusy && this.#audiences.size > 0;
  }

  get audiences(): number {
    return this.#audiences.size;
  }

  get subscribers(): number {
    return [...this.#audiences.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** Lets in a member who has had everything up to `position`; answers with false where the audience is past it already. */
  admit(subscription: Subscription, member: Member, position: LogPosition): boolean {
    let audience = this.#audiences.get(subscription.key);
    if (comparePositions(position, audience?.position ?? this.#position) < 0) return false;
    if (audience === undefined) {
      audience = new Audience(subscription, this.#means, this.#position);
      this.#audiences.set(subscription.key, audience);
    }
    audience.add(member);
    return true;
  }

  dismiss({ key }: Subscription, member: Member): void {
    const audience = this.#audiences.get(key);
    audience?.remove(member);
    if (audience?.size === 0) this.#audiences.delete(key);
  }

  /** Takes what comes next in the log, and tells everybody; does not take more before most are done. */
  async take(rows: ChangeRow[]): Promise<void> {
    const last = rows.at(-1);
    if (last === undefined || comparePositions(last, this.#position) <= 0) return;
    const end = { label: last.label, seq: last.seq };
    this.#position = end;
    this.#isBusy = true;
    try {
      const idle = [...this.#audiences.values()].filter(({ isWorking }) => !isWorking);
      const [late, prompt] = [true, false].map((isLate) =>
        idle.filter((audience) => this.#late.has(audience) === isLate),
      ) as [Audience[], Audience[]];
      for (const audience of late) void this.#workAlone(audience, end);
      const batch = await this.#read(rows, prompt);
      await mostOf(prompt.map((audience) => audience.work(batch, end, this)));
      for (const audience of prompt) if (audience.isWorking) this.#late.add(audience);
    } finally {
      this.#isBusy = false;
    }
  }

  async #workAlone(audience: Audience, end: LogPosition): Promise<void> {
    const began = performance.now();
    await audience.work(null, end, this);
    if (performance.now() - began < PATIENCE) this.#late.delete(audience);
  }

  /** What the audiences need to know of the calls. Null where that takes too long or fails: each reads its own then. */
  async #read(rows: ChangeRow[], audiences: Audience[]): Promise<Batch | null> {
    const { queries, failed } = this.#means;
    const interests = audiences.map(({ subscription }) => subscription);
    const read = () =>
      Promise.race([
        Batch.read(queries, sharedAccount(this.organization), rows, interests),
        sleep(READ_PATIENCE, null, { ref: false }),
      ]);
    const isWanted = () => this.#audiences.size > 0;
    const batch = await persistently(read, isWanted, (error) => {
      if (!isDatabaseAway(error) || isTooLong(error)) throw error;
      failed(error);
    }).catch((error) => {
      failed(error);
      return null;
    });
    this.#pageRows = batch?.isLarge ? Math.max(1, this.#pageRows >> 1) : Math.min(PAGE, 2 * this.#pageRows);
    return batch ?? null;
  }
}

/** Waits until all are done, or for a while none more is. */
function mostOf(work: Promise<void>[]): Promise<void> {
  return new Promise((resolve) => {
    const patience = setTimeout(resolve, PATIENCE);
    let left = work.length;
    const done = () => {
      left -= 1;
      if (left > 0) return void patience.refresh();
      clearTimeout(patience);
      resolve();
    };
    for (const each of work) void each.then(done);
    if (left === 0) done();
  });
}
