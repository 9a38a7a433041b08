import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { sharedAccount } from '../db/connection/account.js';
import type { Database, Transaction } from '../db/database.js';
import type { Viewer } from '../identity/viewer.js';
import type { MetadataLimits } from '../metadata/metadata.store.js';
import { AdmissionStep } from './admission-step.js';

/** Milliseconds between searches for work that a stopped process left. */
const SEARCH_INTERVAL = 30_000;

/** Events in a step, at most; milliseconds to wait after a failed step, doubled each time. */
const MOST_EVENTS = 2_000;
const FIRST_WAIT = 500;
const SMALLER = 0.25;
const LARGER = 1.2;

interface Pace {
  events: number;
  failures: number;
}

/**
 * A write's first step runs in its own transaction, the rest in others. This process runs one at a time and pauses half
 * as long after each. Every step commits, so another process can continue after this one stops.
 */
export class EventAdmissions {
  readonly limits: MetadataLimits;
  readonly #database: Database;
  readonly #failed: (error: unknown) => void;
  readonly #due = new Set<string>();
  readonly #paces = new Map<string, Pace>();
  readonly #closing = new AbortController();
  #working: Promise<void> | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(database: Database, limits: MetadataLimits, failed: (error: unknown) => void = () => {}) {
    this.#database = database;
    this.limits = limits;
    this.#failed = failed;
  }

  async transaction<T>(
    { organization, account }: Viewer,
    write: (tx: Transaction, step: AdmissionStep) => Promise<T>,
  ): Promise<T> {
    let hasMore = false;
    const written = await this.#database.transaction(async (tx) => {
      const step = new AdmissionStep(tx, organization.id, this.limits);
      const done = await write(tx, step);
      hasMore = step.hasMore;
      return done;
    }, account);
    if (hasMore) this.continue(organization.id);
    return written;
  }

  continue(organizationId: string): void {
    this.#due.add(organizationId);
    this.#working ??= this.#run();
  }

  async begin(): Promise<void> {
    this.#timer = setInterval(() => void this.#findLeft(), SEARCH_INTERVAL).unref();
    await this.#findLeft();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#closing.abort();
    await this.#working;
  }

  async #findLeft(): Promise<void> {
    try {
      const left = await this.#database.db.execute<{ organization_id: string }>(
        sql`select distinct a.organization_id from event_admissions a
          join organizations o on o.organization_id = a.organization_id and o.held_at is null`,
      );
      for (const { organization_id } of left) this.continue(organization_id);
    } catch (error) {
      this.#failed(error);
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    for (const organizationId of this.#due) {
      if (signal.aborted) break;
      this.#due.delete(organizationId);
      const startedAt = performance.now();
      try {
        if (await this.#step(organizationId)) this.#due.add(organizationId);
        this.#succeeded(organizationId);
      } catch (error) {
        this.#failed(error);
        this.#tryAgain(organizationId);
      }
      await sleep((performance.now() - startedAt) / 2, undefined, { ref: false, signal }).catch(() => {});
    }
    this.#working = null;
  }

  #paceOf(organizationId: string): Pace {
    return this.#paces.get(organizationId) ?? { events: MOST_EVENTS, failures: 0 };
  }

  #succeeded(organizationId: string): void {
    const events = Math.ceil(this.#paceOf(organizationId).events * LARGER);
    if (events < MOST_EVENTS) this.#paces.set(organizationId, { events, failures: 0 });
    else this.#paces.delete(organizationId);
  }

  #tryAgain(organizationId: string): void {
    const { events, failures } = this.#paceOf(organizationId);
    this.#paces.set(organizationId, { events: Math.ceil(events * SMALLER), failures: failures + 1 });
    const { signal } = this.#closing;
    sleep(Math.min(FIRST_WAIT * 2 ** failures, SEARCH_INTERVAL), undefined, { ref: false, signal }).then(
      () => this.continue(organizationId),
      () => {},
    );
  }

  async #step(organizationId: string): Promise<boolean> {
    const { metadataMaxBytes, metadataMaxDepth } = this.limits;
    const { events } = this.#paceOf(organizationId);
    const step = () =>
      this.#database.db.execute<{ is_left: boolean }>(sql`
        select continue_event_admissions(${organizationId}::uuid, ${metadataMaxBytes}::integer,
          ${metadataMaxDepth}::integer) as is_left
        from set_config('switchboard.events_of_a_step', ${`${events}`}, true)`);
    const [row] = await this.#database.statement(step, sharedAccount(organizationId));
    return row?.is_left ?? false;
  }
}
