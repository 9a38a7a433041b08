import { sql } from 'drizzle-orm';
import type { CallFilter } from '../calls/filter/call-filter.values.js';
import { runFor } from '../db/connection/account.js';
import { AnswersFull } from '../db/connection/answers.js';
import type { Db } from '../db/database.js';
import { FairQueue } from '../foundation/fair-queue.js';
import { refuse } from '../foundation/refusal.js';
import { databaseErrorCode } from '../foundation/unavailable.js';
import type { Viewer } from '../identity/viewer.js';
import { callFacetValues } from './call-facet.queries.js';
import { callFigures } from './call-statistics.queries.js';
import type { FacetQuestion, FacetValue, Figures, FiguresQuestion } from './call-statistics.values.js';
import { daysOf } from './time-span.js';

/** Figures of a longer time wait for each other, so that they occupy one core of the database at most. */
const SHORT_DAYS = 32;
/** Milliseconds. */
const PATIENCE = 10_000;
const MOST_WAITING = 100;

/**
 * Room to hash in, for the one that has the turn; and one process beside its own, so that others find a core. Postgres
 * would rather wait for a disk than start it.
 */
const LONG = {
  work_mem: '64MB',
  max_parallel_workers_per_gather: '1',
  parallel_setup_cost: '0',
  parallel_tuple_cost: '0',
};
const FOR_LONG = sql`select ${sql.join(
  Object.entries(LONG).map(([name, value]) => sql`set_config(${name}, ${value}, true)`),
  sql`, `,
)}`;

type Read<T> = (db: Pick<Db, 'execute'>) => Promise<T>;

const UNKNOWN_TIME_ZONE = '22023';
const TOOK_TOO_LONG = '57014';

const NOTHING: Figures = {
  keys: [],
  calls: 0,
  answered: 0,
  duration: { sum: 0, average: null, median: null, p95: null },
  costs: [],
};

export class CallStatisticsService {
  readonly #db: Db;
  readonly #queue = new FairQueue({ size: 1, maxWaiting: MOST_WAITING, maxWait: PATIENCE });

  constructor(db: Db) {
    this.#db = db;
  }

  /** @throws Refusal for a time zone that the database does not know, and for more calls than can be counted in time */
  async figures(viewer: Viewer, filter: CallFilter, question: FiguresQuestion): Promise<Figures[]> {
    const rows = await this.#inTurn(viewer, filter, (db) =>
      callFigures(db, viewer.organization.id, filter, question),
    );
    if (rows.length === 0 && question.by.length === 0) return [NOTHING];
    return rows.map(({ keys, calls, answered, sum, average, median, p95, costs }) => ({
      keys,
      calls: Number(calls),
      answered: Number(answered),
      duration: { sum: Number(sum ?? 0), average, median, p95 },
      costs: costs ?? [],
    }));
  }

  async facet(viewer: Viewer, filter: CallFilter, question: FacetQuestion): Promise<FacetValue[]> {
    const rows = await this.#inTurn(viewer, filter, (db) =>
      callFacetValues(db, viewer.organization.id, filter, question),
    );
    return rows.map((row) => ({ ...row, calls: Number(row.calls) }));
  }

  async #inTurn<T>(viewer: Viewer, filter: CallFilter, read: Read<T>): Promise<T> {
    const { organization, keyId, account } = viewer;
    const run = (begin: () => Promise<T>) => runFor(account, begin).catch(refuseIfAtFault);
    if (daysOf(filter) <= SHORT_DAYS) return run(() => read(this.#db));
    const slot =
      this.#queue.tryEnter(organization.id, keyId) ?? (await this.#queue.wait(organization.id, keyId).slot);
    if (slot === null) throw new AnswersFull();
    try {
      return await run(() =>
        this.#db.transaction(async (tx) => {
          await tx.execute(FOR_LONG);
          return read(tx);
        }),
      );
    } finally {
      this.#queue.leave(slot);
    }
  }
}

function refuseIfAtFault(error: unknown): never {
  const code = databaseErrorCode(error);
  if (code === UNKNOWN_TIME_ZONE) {
    refuse('INVALID', 'the database does not know this time zone.', ['timeZone']);
  }
  if (code === TOOK_TOO_LONG) {
    refuse('LIMIT_EXCEEDED', 'finds too many calls to count them in time: bound their time.', ['filter']);
  }
  throw error;
}
