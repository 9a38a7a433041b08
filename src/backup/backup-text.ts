/**
 * A backup is text that gzip has compressed: a line of JSON, then for each table a line of JSON, its rows as COPY writes
 * them and a line `\.`, and at last a line of JSON with the number of rows.
 */
export interface BackupHead {
  readonly switchboard: 'backup';
  readonly format: 1;
  /** Of the program. */
  readonly version: string;
  /** The newest migration that was applied to the database. */
  readonly migration: number;
  readonly takenAt: string;
  /** As Postgres estimates them; null if it does not. */
  readonly rows: number | null;
}

export interface TableHead {
  readonly table: string;
  readonly columns: readonly string[];
}

export interface BackupEnd {
  readonly end: true;
  /** By table. */
  readonly rows: Readonly<Record<string, number>>;
  /** By sequence, what it has given last. */
  readonly sequences: Readonly<Record<string, string>>;
}

/** What was read is no backup, or not the whole of one. Its message is the rest of a sentence. */
export class BrokenBackup extends Error {
  override readonly name = 'BrokenBackup';
}

export const lineOf = (value: BackupHead | TableHead | BackupEnd): Buffer =>
  Buffer.from(`${JSON.stringify(value)}\n`);

export const ROWS_END: Buffer = Buffer.from('\\.\n');

export const CUT = 'it ends half-way: it was not written or copied whole';

const NEW_LINE = 0x0a;
const MOST_OF_A_LINE = 1_048_576;

export interface Rows extends TableHead {
  readonly rows: AsyncIterable<Buffer>;
}

/** Reads a backup from its beginning to its end; the rows of a table before the next table. */
export class BackupReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);
  #end: BackupEnd | null = null;

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** @throws BrokenBackup */
  async head(): Promise<BackupHead> {
    const head = (await this.#line()) as Partial<BackupHead> | null;
    if (head?.switchboard !== 'backup') throw new BrokenBackup('it is no backup of Switchboard');
    if (head.format !== 1) throw new BrokenBackup(`it was made by a newer version, ${head.version}`);
    return head as BackupHead;
  }

  /** @throws BrokenBackup */
  async *tables(): AsyncGenerator<Rows> {
    for (;;) {
      const line = (await this.#line()) as TableHead | BackupEnd;
      if ('end' in line) {
        this.#end = line;
        return;
      }
      yield { ...line, rows: this.#rows() };
    }
  }

  /** After all tables. */
  get end(): BackupEnd {
    if (this.#end === null) throw new BrokenBackup(CUT);
    return this.#end;
  }

  async #line(): Promise<unknown> {
    let end = this.#rest.indexOf(NEW_LINE);
    while (end === -1) {
      if (this.#rest.length > MOST_OF_A_LINE) throw new BrokenBackup('it is no backup of Switchboard');
      await this.#readOn();
      end = this.#rest.indexOf(NEW_LINE);
    }
    const line = this.#rest.toString('utf8', 0, end);
    this.#rest = this.#rest.subarray(end + 1);
    try {
      return JSON.parse(line);
    } catch {
      throw new BrokenBackup('it is no backup of Switchboard, or damaged');
    }
  }

  /** Whole lines, until the line that ends them. */
  async *#rows(): AsyncGenerator<Buffer> {
    for (;;) {
      const isEmpty = this.#rest.subarray(0, ROWS_END.length).equals(ROWS_END);
      const end = isEmpty ? 0 : this.#rest.indexOf(`\n${ROWS_END}`) + 1;
      const isOver = isEmpty || end > 0;
      const lines = isOver ? end : this.#rest.lastIndexOf(NEW_LINE) + 1;
      if (lines > 0) yield this.#rest.subarray(0, lines);
      this.#rest = this.#rest.subarray(isOver ? end + ROWS_END.length : lines);
      if (isOver) return;
      await this.#readOn();
    }
  }

  async #readOn(): Promise<void> {
    const { value, done } = await this.#chunks.next();
    if (done === true) throw new BrokenBackup(CUT);
    this.#rest = this.#rest.length === 0 ? value : Buffer.concat([this.#rest, value]);
  }
}

/** Rows that COPY has written: it writes a line break within a value as \n. */
export function rowsIn(lines: Buffer): number {
  let count = 0;
  for (let at = lines.indexOf(NEW_LINE); at !== -1; at = lines.indexOf(NEW_LINE, at + 1)) count += 1;
  return count;
}
