import { runFor, sharedAccount } from '../../db/connection/account.js';
import { FIRST_ID } from '../../foundation/new-id.js';
import { PolledFeed } from '../polled-feed.js';
import { type ChangedRow, ROW_PAGE, type RowSource } from './changed-row.values.js';
import type { RowHorizonQuery } from './row-horizon.queries.js';

/**
 * One organization's rows of one table as they change. They become visible in the order of commits, so each poll begins at
 * the last horizon and passes on what it has not seen.
 */
export class RowFeed<Row extends ChangedRow> extends PolledFeed<Row> {
  readonly #source: Pick<RowSource<Row, never>, 'changed'>;
  readonly #horizonNow: RowHorizonQuery;
  #horizon: Date | null = null;
  /** Versions of the rows that lie after the horizon. */
  #seen = new Map<string, string>();

  constructor(
    organization: string,
    source: Pick<RowSource<Row, never>, 'changed'>,
    horizonNow: RowHorizonQuery,
    failed: (error: unknown) => void,
  ) {
    super(organization, failed);
    this.#source = source;
    this.#horizonNow = horizonNow;
  }

  /** From the first poll on. */
  override get admitted(): number {
    return this.#horizon === null ? 0 : this.size;
  }

  protected override async read(attempt: AbortSignal): Promise<void> {
    const account = sharedAccount(this.organization);
    const [row] = await runFor(account, () => this.#horizonNow.execute());
    const from = this.#horizon ?? row?.at;
    if (row === undefined || from === undefined) throw new Error('the database knows no time');
    // A transaction may have begun long before its first write.
    const horizon = row.at > from ? row.at : from;
    const seen = new Map<string, string>();
    for (let after = { time: from, id: FIRST_ID }; ; ) {
      const { time, id } = after;
      const position = { organization: account.organization, time: time.toISOString(), id };
      const rows = await runFor(account, () => this.#source.changed(position));
      if (attempt.aborted) return;
      this.#passOn(rows);
      for (const { id: key, version, updatedAt } of rows) {
        if (updatedAt !== null && updatedAt >= horizon) seen.set(key, version);
      }
      const last = rows.at(-1);
      if (last?.updatedAt == null || rows.length < ROW_PAGE) break;
      after = { time: last.updatedAt, id: last.id };
    }
    this.#horizon = horizon;
    this.#seen = seen;
  }

  #passOn(rows: Row[]): void {
    const fresh = rows.filter(({ id, version }) => this.#seen.get(id) !== version);
    for (const { id, version } of fresh) this.#seen.set(id, version);
    if (this.#horizon === null || fresh.length === 0) return;
    for (const member of [...this.members]) member.offer(fresh);
  }
}
