import { setTimeout as sleep } from 'node:timers/promises';
import type { LogPosition } from '../changes/change.queries.js';
import { comparePositions } from '../changes/log-position.js';
import { sharedAccount } from '../db/connection/account.js';
import { isDatabaseAway } from '../foundation/unavailable.js';
import { Audience, type LiveDependencies, type Member } from './audience.js';
import { ChangeBatch } from './change-batch.js';
import { type ChangeRow, PAGE } from './live.queries.js';
import { isTooLong, retryUntil } from './retry-until.js';
import type { SubscriptionHandle } from './subscription-handle.js';

/** Milliseconds for the shared read, and for one more audience to finish before the rest is no longer waited for. */
const READ_PATIENCE = 1_000;
const PATIENCE = 250;

export class Feed {
  readonly organization: string;
  readonly #dependencies: LiveDependencies;
  readonly #audiences = new Map<string, Audience>();
  readonly #late = new WeakSet<Audience>();
  #position: LogPosition;
  #pageRows = PAGE;
  #isBusy = false;

  constructor(organization: string, position: LogPosition, dependencies: LiveDependencies) {
    this.organization = organization;
    this.#position = position;
    this.#dependencies = dependencies;
  }

  get position(): LogPosition {
    return this.#position;
  }

  get pageRows(): number {
    return this.#pageRows;
  }

  get isIdle(): boolean {
    return !this.#isBusy && this.#audiences.size > 0;
  }

  get audiences(): number {
    return this.#audiences.size;
  }

  get subscribers(): number {
    return [...this.#audiences.values()].reduce((sum, { size }) => sum + size, 0);
  }

  admit(subscription: SubscriptionHandle, member: Member, position: LogPosition): boolean {
    let audience = this.#audiences.get(subscription.key);
    if (comparePositions(position, audience?.position ?? this.#position) < 0) return false;
    if (audience === undefined) {
      audience = new Audience(subscription, this.#dependencies, this.#position);
      this.#audiences.set(subscription.key, audience);
    }
    audience.add(member);
    return true;
  }

  dismiss({ key }: SubscriptionHandle, member: Member): void {
    const audience = this.#audiences.get(key);
    audience?.remove(member);
    if (audience?.size === 0) this.#audiences.delete(key);
  }

  fail(error: unknown): void {
    for (const audience of [...this.#audiences.values()]) audience.fail(error);
  }

  async take(rows: ChangeRow[]): Promise<void> {
    const last = rows.at(-1);
    if (last === undefined || comparePositions(last, this.#position) <= 0) return;
    const end = { label: last.label, seq: last.seq };
    this.#position = end;
    this.#isBusy = true;
    try {
      const idle = [...this.#audiences.values()].filter(({ isAdvancing }) => !isAdvancing);
      const [late, prompt] = [true, false].map((isLate) =>
        idle.filter((audience) => this.#late.has(audience) === isLate),
      ) as [Audience[], Audience[]];
      for (const audience of late) void this.#advanceAlone(audience, end);
      const batch = await this.#read(rows, prompt);
      await mostOf(prompt.map((audience) => audience.advance(batch, end, this)));
      for (const audience of prompt) if (audience.isAdvancing) this.#late.add(audience);
    } finally {
      this.#isBusy = false;
    }
  }

  async #advanceAlone(audience: Audience, end: LogPosition): Promise<void> {
    const began = performance.now();
    await audience.advance(null, end, this);
    if (performance.now() - began < PATIENCE) this.#late.delete(audience);
  }

  async #read(rows: ChangeRow[], audiences: Audience[]): Promise<ChangeBatch | null> {
    const { queries, failed } = this.#dependencies;
    const interests = audiences.map(({ subscription }) => subscription);
    const read = () =>
      Promise.race([
        ChangeBatch.read(queries, sharedAccount(this.organization), rows, interests),
        sleep(READ_PATIENCE, null, { ref: false }),
      ]);
    const isWanted = () => this.#audiences.size > 0;
    const batch = await retryUntil(read, isWanted, (error) => {
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

function mostOf(tasks: Promise<void>[]): Promise<void> {
  return new Promise((resolve) => {
    const patience = setTimeout(resolve, PATIENCE);
    let left = tasks.length;
    const done = () => {
      left -= 1;
      if (left > 0) return void patience.refresh();
      clearTimeout(patience);
      resolve();
    };
    for (const each of tasks) void each.then(done);
    if (left === 0) done();
  });
}
