import type { LogPosition } from '../changes/change.queries.js';
import { comparePositions } from '../changes/log-position.js';
import { type Account, begunFor } from '../db/account.js';
import { type ChangeRow, type LiveQueries, PAGE_BYTES } from './live.queries.js';

/** What follows a place in the log. */
export interface LogPage {
  changes: ChangeRow[];
  /** The place up to which everything is in it. */
  end: LogPosition;
}

/** Reads the log by pages, which are bounded in rows and in bytes. */
export class LogPages {
  readonly #queries: LiveQueries;
  readonly #endOf: (account: Account) => Promise<LogPosition>;

  constructor(queries: LiveQueries, endOf: (account: Account) => Promise<LogPosition>) {
    this.#queries = queries;
    this.#endOf = endOf;
  }

  /** The end of an organization's log as it is now. */
  end(account: Account): Promise<LogPosition> {
    return this.#endOf(account);
  }

  /** @param callId the one call whose changes are read; null for all */
  async read(
    account: Account,
    callId: string | null,
    { label, seq }: LogPosition,
    limit: number,
  ): Promise<LogPage> {
    const { organization } = account;
    const { newChanges, newChangesOfCall } = this.#queries;
    // Read first: a page that is not full has everything up to this place.
    const end = await this.end(account);
    const rows = await begunFor<ChangeRow[]>(account, () =>
      callId === null
        ? newChanges.execute({ organizations: [organization], labels: [label], seqs: [seq], limits: [limit] })
        : newChangesOfCall.execute({ organization, call: callId, label, seq, limit }),
    );
    const changes = rows.filter(({ id }) => id !== null);
    const last = changes.at(-1);
    const bytes = changes.reduce((sum, change) => sum + change.bytes, 0);
    const isFull = changes.length >= limit || bytes >= PAGE_BYTES;
    return { changes, end: last !== undefined && (isFull || comparePositions(last, end) > 0) ? last : end };
  }
}
