import { copyOut } from '../db/copy.js';
import { newestApplied } from '../db/migrating/applied.js';
import { readMigrations } from '../db/migrating/migration-files.js';
import { StartError } from '../foundation/start-error.js';
import { VERSION } from '../foundation/version.js';
import { lineOf, ROWS_END, rowsIn } from './backup-text.js';
import { sequencesOf } from './own-tables.js';
import { openSession, type Session, type SessionOptions } from './session.js';

/** A database as it was at one moment, whatever is written beside. */
export class Snapshot {
  readonly session: Session;
  readonly #migration: number;

  private constructor(session: Session, migration: number) {
    this.session = session;
    this.#migration = migration;
  }

  /** @throws StartError if the database has tables of a newer version, which this one does not know */
  static async open(
    url: string,
    options: Omit<SessionOptions, 'isolation' | 'lock'> = {},
  ): Promise<Snapshot> {
    const session = await openSession(url, {
      isolation: 'repeatable read',
      lock: 'access share',
      ...options,
    });
    try {
      const migration = await newestApplied(session.sql);
      const known = await readMigrations();
      if (known.some(({ when }) => when >= migration)) return new Snapshot(session, migration);
      throw new StartError('the database is of a newer version: use that one for it');
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  /** As Postgres estimates them; null if it does not. */
  get rows(): number | null {
    const known = this.session.tables.map(({ rows }) => rows);
    return known.includes(null) ? null : known.reduce<number>((sum, rows) => sum + (rows ?? 0), 0);
  }

  /** The text of a backup. */
  async *text(seen: (rows: number) => void = () => {}): AsyncGenerator<Buffer> {
    const { sql, tables } = this.session;
    const migration = this.#migration;
    const takenAt = new Date().toISOString();
    yield lineOf({ switchboard: 'backup', format: 1, version: VERSION, migration, takenAt, rows: this.rows });
    const rows: Record<string, number> = {};
    let all = 0;
    for (const table of tables) {
      yield lineOf({ table: table.name, columns: table.columns });
      let count = 0;
      const { name, columns } = table;
      for await (const lines of copyOut(sql`copy (select ${sql(columns)} from ${sql(name)}) to stdout`)) {
        count += rowsIn(lines);
        seen(all + count);
        yield lines;
      }
      yield ROWS_END;
      rows[table.name] = count;
      all += count;
    }
    // A sequence is in no snapshot: what it has given by now is no less than what the rows have.
    yield lineOf({ end: true, rows, sequences: await sequencesOf(sql, tables) });
  }

  close(): Promise<void> {
    return this.session.close();
  }
}
