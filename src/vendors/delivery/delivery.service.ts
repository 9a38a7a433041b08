import { runFor } from '../../db/connection/account.js';
import type { Database } from '../../db/database.js';
import { refuseIf, type Target, type UserErrorData } from '../../foundation/refusal.js';
import type { Total } from '../../foundation/total.js';
import type { Viewer } from '../../identity/viewer.js';
import type { DeliveryProblem, DeliveryQueries } from './delivery.queries.js';
import type { DeliveryFilter } from './delivery-filter.values.js';

export type DeliveryTarget = Target & { id: string };

export class DeliveryService {
  readonly #database: Database;
  readonly #queries: DeliveryQueries;

  constructor(database: Database, queries: DeliveryQueries) {
    this.#database = database;
    this.#queries = queries;
  }

  count({ organization, account }: Viewer, filter: DeliveryFilter): Promise<Total> {
    return runFor(account, () => this.#queries.count(organization.id, filter));
  }

  /**
   * Sends them again from their first try on. The commit wakes the workers.
   * @throws Refusal NOT_FOUND or INVALID for each that cannot be replayed; then nothing is written
   */
  replay(viewer: Viewer, targets: DeliveryTarget[]): Promise<void> {
    return this.#change('replay', viewer, targets, (problem) => {
      if (problem === 'SENDING') return 'is being sent right now: replay it when that has ended';
      if (problem === 'DELETED') return 'belongs to a deleted vendor account';
      return `is ${problem}: only DEAD, EXPIRED and DISCARDED deliveries can be replayed`;
    });
  }

  /**
   * A try that is under way goes on: its delivery is delivered if the vendor takes it, otherwise it stays DISCARDED.
   * @throws Refusal NOT_FOUND or INVALID for each that cannot be discarded; then nothing is written
   */
  discard(viewer: Viewer, targets: DeliveryTarget[]): Promise<void> {
    return this.#change(
      'discard',
      viewer,
      targets,
      (problem) =>
        `is ${problem}: only PENDING, RETRYING, INCOMPLETE, DEAD and EXPIRED deliveries can be discarded`,
    );
  }

  async #change(
    how: 'replay' | 'discard',
    { organization, account }: Viewer,
    targets: DeliveryTarget[],
    messageOf: (problem: DeliveryProblem) => string,
  ): Promise<void> {
    const ids = targets.map(({ id }) => id);
    const problems = await this.#database.statement(
      () => this.#queries[how].execute({ organization: organization.id, ids }),
      account,
    );
    refuseIf(
      problems.map(({ place, problem }): UserErrorData => {
        const { path, label } = targets[place] as DeliveryTarget;
        return problem === 'UNKNOWN'
          ? { code: 'NOT_FOUND', message: `Delivery with ${label} not found in your organization`, path }
          : { code: 'INVALID', message: `The delivery with ${label} ${messageOf(problem)}`, path };
      }),
    );
  }
}
