import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { sharedAccount } from '../db/account.js';
import type { Database, Transaction } from '../db/database.js';
import type { Viewer } from '../identity/viewer.js';
import type { MetadataLimits } from '../metadata/metadata.store.js';
import { AdmissionStep } from './admission-step.js';

/** Milliseconds between two looks for what a process has left that ended in between. */
const LOOK_EVERY = 30_000;

/** Most events of a step, and the milliseconds that it waits for after one that failed, each time twice as long. */
const MOST_EVENTS = 2_000;
const FIRST_WAIT = 500;
/** A step that failed makes the next one smaller, and each that succeeds a little larger again. */
const SMALLER = 0.25;
const LARGER = 1.2;

interface Pace {
  /** Of its next step. */
  events: number;
  /** Its steps that failed one after another. */
  failures: number;
}

/**
 * Lets in the events that a write brings the call of: one step in the write's own transaction, and what is more than that
 * in steps of their own, one at a time in this process, each with a rest half as long. Every step commits: a process that
 * ends leaves what it has not done to the others, and to the next one that starts.
 */
export class EventAdmissions {
  readonly limits: MetadataLimits;
  readonly #database: Database;
  readonly #failed: (error: unknown) => void;
  /** The organizations of which there is more to do. */
  readonly #due = new Set<string>();
  /** Of the organizations of which a step has failed of late. */
  readonly #paces = new Map<string, Pace>();
  readonly #closing = new AbortController();
  #working: Promise<void> | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(database: Database, limits: MetadataLimits, failed: (error: unknown) => void = () => {}) {
    this.#database = database;
    this.limits = limits;
    this.#failed = failed;
  }

  /** Runs a write in a transaction, with a step of its own; what that leaves is done behind the commit. */
  async transaction<T>(
    { organization, account }: Viewer,
    work: (tx: Transaction, step: AdmissionStep) => Promise<T>,
  ): Promise<T> {
    let isLeft = false;
    const written = await this.#database.transaction(async (tx) => {
      const step = new AdmissionStep(tx, organization.id, this.limits);
      const done = await work(tx, step);
      isLeft = step.isLeft;
      return done;
    }, account);
    if (isLeft) this.continue(organization.id);
    return written;
  }

  /** Goes on with what committed writes have left. */
  continue(organizationId: string): void {
    this.#due.add(organizationId);
    this.#working ??= this.#work();
  }

  /** Goes on with what was left before, and looks for such now and then. */
  async begin(): Promise<void> {
    this.#timer = setInterval(() => void this.#look(), LOOK_EVERY).unref();
    await this.#look();
  }

  /** Resolves when the step under way has ended. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#closing.abort();
    await this.#working;
  }

  async #look(): Promise<void> {
    try {
      const left = await this.#database.db.execute<{ organization_id: string }>(
        sql`select distinct organization_id from event_admissions`,
      );
      for (const { organization_id } of left) this.continue(organization_id);
    } catch (error) {
      this.#failed(error);
    }
  }

  async #work(): Promise<void> {
    const { signal } = this.#closing;
    for (const organizationId of this.#due) {
      if (signal.aborted) break;
      this.#due.delete(organizationId);
      const begun = performance.now();
      try {
        if (await this.#step(organizationId)) this.#due.add(organizationId);
        this.#succeeded(organizationId);
      } catch (error) {
        this.#failed(error);
        this.#tryAgain(organizationId);
      }
      await sleep((performance.now() - begun) / 2, undefined, { ref: false, signal }).catch(() => {});
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
    sleep(Math.min(FIRST_WAIT * 2 ** failures, LOOK_EVERY), undefined, { ref: false, signal }).then(
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
