import { runFor } from '../../db/connection/account.js';
import type { Database } from '../../db/database.js';
import type { Total } from '../../foundation/total.js';
import type { Viewer } from '../../identity/viewer.js';
import type { InboundMessageQueries, ReplayProblem } from './inbound-message.queries.js';
import type { InboundMessageFilter } from './inbound-message-filter.values.js';

/** What is wrong with one of the ids, by its place. */
export interface WrongMessage {
  readonly place: number;
  readonly problem: ReplayProblem;
}

export class InboundMessageService {
  readonly #database: Database;
  readonly #queries: InboundMessageQueries;

  constructor(database: Database, queries: InboundMessageQueries) {
    this.#database = database;
    this.#queries = queries;
  }

  count({ organization, account }: Viewer, filter: InboundMessageFilter): Promise<Total> {
    return runFor(account, () => this.#queries.count(organization.id, filter));
  }

  /** Processes them anew, or none of them if something is wrong with one. The commit wakes the workers. */
  replay({ organization, account }: Viewer, ids: string[]): Promise<WrongMessage[]> {
    return this.#database.statement(
      () => this.#queries.replay.execute({ organization: organization.id, ids }),
      account,
    );
  }
}
