import type { LogPosition } from '../changes/change.queries.js';
import { CursorLost } from '../changes/cursor-lost.js';
import { comparePositions } from '../changes/log-position.js';
import { type Account, runFor } from '../db/connection/account.js';
import { type ChangeRow, type LiveQueries, PAGE_BYTES } from './live.queries.js';

export interface LogPage {
  changes: ChangeRow[];
  end: LogPosition;
}

type PageRow = ChangeRow & { isLost: boolean; endLabel?: string | null; endSeq?: string | null };

export class LogPages {
  readonly #queries: LiveQueries;
  readonly #endOf: (account: Account) => Promise<LogPosition>;

  constructor(queries: LiveQueries, endOf: (account: Account) => Promise<LogPosition>) {
    this.#queries = queries;
    this.#endOf = endOf;
  }

  end(account: Account): Promise<LogPosition> {
    return this.#endOf(account);
  }

  async find(account: Account, { label, seq }: LogPosition): Promise<void> {
    const { organization } = account;
    const [found] = await runFor(account, () => this.#queries.isLost.execute({ organization, label, seq }));
    if (found?.isLost) throw new CursorLost();
  }

  async read(
    account: Account,
    callId: string | null,
    { label, seq }: LogPosition,
    limit: number,
  ): Promise<LogPage> {
    const { organization } = account;
    const { newChanges, newChangesOfCall } = this.#queries;
    const position = { label, seq };
    const rows = await runFor<PageRow[]>(account, () =>
      callId === null
        ? newChanges.execute({
            organizations: [organization],
            labels: [label],
            seqs: [seq],
            limits: [limit],
            least: label,
          })
        : newChangesOfCall.execute({ organization, call: callId, label, seq, limit }),
    );
    const [first] = rows;
    if (first?.isLost) throw new CursorLost();
    const changes = rows.filter(({ id }) => id !== null);
    const last = changes.at(-1) ?? position;
    const bytes = changes.reduce((sum, change) => sum + change.bytes, 0);
    const isFull = changes.length >= limit || bytes >= PAGE_BYTES;
    const end = { label: first?.endLabel ?? last.label, seq: first?.endSeq ?? last.seq };
    return { changes, end: isFull || comparePositions(last, end) > 0 ? last : end };
  }
}
