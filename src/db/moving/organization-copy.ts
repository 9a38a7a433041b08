import type { PendingQuery, Row, Sql } from 'postgres';
import { databaseErrorCode } from '../../foundation/unavailable.js';
import { copyIn, copyOut } from '../copy.js';

/** Of a row: its primary key by column, as JSON; parsed, labels of the log would not be exact. */
type Key = string;
type Part = PendingQuery<Row[]>;

interface OwnedTable {
  name: string;
  columns: string[];
  key: string[];
}

/** What is still to be compared, by table. */
type Suspects = Map<string, Key[]>;

const NOTES_AT_ONCE = 5_000;
const KEYS_AT_ONCE = 1_000;
const ROWS_AT_ONCE = 5_000;

/** The rows of one organization, on their way from one database to another, while they are written to. */
export class OrganizationCopy {
  readonly #source: Sql;
  readonly #target: Sql;
  readonly #suspects: Suspects = new Map();
  #tables: OwnedTable[] = [];

  /** Both by moverConnection, for the same organization. */
  constructor(source: Sql, target: Sql) {
    this.#source = source;
    this.#target = target;
  }

  /** From now on every write is noted. Waits for the transactions that write at the moment. */
  async begin(): Promise<void> {
    this.#tables = await tablesOf(this.#source);
    for (const { name } of this.#tables) await captureTable(this.#source, name, true);
    const [own, others] = [this.#tables, await tablesOf(this.#target)].map((each) => JSON.stringify(each));
    if (own !== others)
      throw new Error('the tables of the two databases differ: migrate both, by the same version');
    await locking(() => this.#target`select make_first_log_part()`);
  }

  /** What a move that was broken off has copied stays, for the comparison to mend it. */
  async copy(copied: (table: string) => void): Promise<void> {
    for (const table of this.#tables) {
      const [found] = await this.#target`
        select from ${this.#target(table.name)} where ${isOwn(this.#target)} limit 1`;
      if (found === undefined) await this.#transfer(table, isOwn);
      copied(table.name);
    }
  }

  /** Compares every row. Those that differ are to be copied again. Returns how many are the same. */
  async compare(): Promise<number> {
    let same = 0;
    for (const table of this.#tables) {
      const [own, others] = await Promise.all(
        [this.#source, this.#target].map((sql) => bucketsOf(sql, table)),
      );
      const buckets = [...new Set([...(own?.keys() ?? []), ...(others?.keys() ?? [])])];
      const different = buckets.filter((bucket) => own?.get(bucket)?.sum !== others?.get(bucket)?.sum);
      for (const bucket of buckets) if (!different.includes(bucket)) same += own?.get(bucket)?.rows ?? 0;
      for (const bucket of different) this.#suspect(table.name, await this.#differencesIn(table, bucket));
    }
    return same;
  }

  /** Copies again what was written or differed. Returns how many rows are not known to be equal then. */
  async catchUp(): Promise<number> {
    for (;;) {
      const notes = await this.#source<{ name: string; key: Key }[]>`
        delete from moved_rows where ${isOwn(this.#source)} and id in (
          select id from moved_rows where ${isOwn(this.#source)} order by id limit ${NOTES_AT_ONCE})
        returning table_name as name, key::text as key`;
      for (const { name, key } of notes) this.#suspect(name, [key]);
      if (notes.length < NOTES_AT_ONCE) break;
    }
    let left = 0;
    for (const table of this.#tables) {
      const keys = this.#suspects.get(table.name) ?? [];
      const different: Key[] = [];
      for (let at = 0; at < keys.length; at += KEYS_AT_ONCE) {
        const some = keys.slice(at, at + KEYS_AT_ONCE);
        await this.#transferAgain(table, some);
        different.push(...(await this.#differencesAmong(table, some)));
      }
      this.#suspects.set(table.name, different);
      left += different.length;
    }
    return left;
  }

  /**
   * Has the places of new rows lie after those that were copied: labels of the log, and what sequences give.
   * @param isNewEpoch so that no standby of before counts as one that has the rows
   */
  async continueAfter({ isNewEpoch }: { isNewEpoch: boolean }): Promise<void> {
    const [newest] = await this.#source<{ label: string }[]>`
      select greatest(
        (select max(h.label) from call_changes h where ${isOwn(this.#source)}),
        (select max(e.label) from erased_changes e where ${isOwn(this.#source)}),
        (select max(p.label) from pruned_changes p where ${isOwn(this.#source)}), 0)::text as label`;
    await this.#target.begin(async (tx) => {
      await tx`lock table calls in exclusive mode`;
      await tx`
        update log_epoch set epoch = greatest(epoch + ${isNewEpoch ? 1 : 0}, (${newest?.label ?? '0'}::bigint >> 48) + 1)
        where ${isNewEpoch} or ${newest?.label ?? '0'}::bigint >= (epoch << 48) + pg_snapshot_xmax(pg_current_snapshot())::text::bigint`;
    });
    const sequences = await this.#source<{ name: string; last: string }[]>`
      select s.relname as name, pg_sequence_last_value(s.oid)::text as last
      from pg_sequence q join pg_class s on s.oid = q.seqrelid join pg_class calls on calls.relnamespace = s.relnamespace
      where calls.oid = 'calls'::regclass and pg_sequence_last_value(q.seqrelid) is not null`;
    for (const { name, last } of sequences) {
      await this.#target`
        select setval(quote_ident(${name})::regclass, ${last}::bigint)
        where coalesce(pg_sequence_last_value(quote_ident(${name})::regclass), 0) < ${last}::bigint`;
    }
  }

  #suspect(table: string, keys: readonly Key[]): void {
    this.#suspects.set(table, [...new Set([...(this.#suspects.get(table) ?? []), ...keys])]);
  }

  async #transfer(
    table: OwnedTable,
    which: (sql: Sql) => Part,
    before: (tx: Sql) => Promise<unknown> = async () => {},
  ) {
    await this.#target.begin(async (begun) => {
      const tx = begun as unknown as Sql;
      await asCopy(tx);
      await before(tx);
      const source = this.#source;
      const [name, columns] = [source(table.name), names(source, table.columns)];
      const rows = copyOut(source`copy (select ${columns} from ${name} where ${which(source)}) to stdout`);
      await copyIn(tx`copy ${tx(table.name)} (${names(tx, table.columns)}) from stdin`, rows);
    });
  }

  async #transferAgain(table: OwnedTable, keys: readonly Key[]): Promise<void> {
    await this.#setKeys(keys);
    const isNamed = isAmong(table);
    await this.#transfer(
      table,
      isNamed,
      async (tx) => tx`delete from ${tx(table.name)} where ${isNamed(tx)}`,
    );
  }

  async #differencesIn(table: OwnedTable, bucket: number): Promise<Key[]> {
    return this.#differences(table, (sql) => sql`${isOwn(sql)} and ${bucketOf(sql, table)} = ${bucket}`);
  }

  async #differencesAmong(table: OwnedTable, keys: readonly Key[]): Promise<Key[]> {
    await this.#setKeys(keys);
    return this.#differences(table, isAmong(table));
  }

  async #differences(table: OwnedTable, which: (sql: Sql) => Part): Promise<Key[]> {
    const [own, others] = await Promise.all(
      [this.#source, this.#target].map((sql) => digestsOf(sql, table, which)),
    );
    const all = new Map([...(own ?? []), ...(others ?? [])]);
    return [...all]
      .filter(([key]) => own?.get(key)?.digest !== others?.get(key)?.digest)
      .map(([, { key }]) => key);
  }

  /** A setting, because COPY takes no parameters. */
  async #setKeys(keys: readonly Key[]): Promise<void> {
    const text = `[${keys.join(',')}]`;
    for (const sql of [this.#source, this.#target]) {
      await sql`select set_config('switchboard.keys', ${text}, false)`;
    }
  }
}

export async function deleteRows(sql: Sql): Promise<void> {
  for (const { name } of await tablesOf(sql)) {
    for (let rows = ROWS_AT_ONCE; rows === ROWS_AT_ONCE; ) {
      const gone = await sql.begin(async (begun) => {
        const tx = begun as unknown as Sql;
        await asCopy(tx);
        const { count } = await tx`
          delete from ${tx(name)} where ${isOwn(tx)} and ctid = any(array(
            select ctid from ${tx(name)} where ${isOwn(tx)} limit ${ROWS_AT_ONCE}))`;
        return count;
      });
      // Of a partitioned table, more rows may have such a place.
      rows = Math.min(gone, ROWS_AT_ONCE);
    }
  }
}

export async function endCapture(sql: Sql): Promise<void> {
  for (const { name } of await tablesOf(sql)) await captureTable(sql, name, false);
  await sql`delete from moved_rows where ${isOwn(sql)}`;
}

const captureTable = (sql: Sql, table: string, isOn: boolean): Promise<void> =>
  locking(
    () => sql`select capture_moved_rows(current_setting('switchboard.moved')::uuid, ${table}, ${isOn})`,
  );

/** A table is locked for a moment, and what waits for that must not wait for long: it is tried again. */
async function locking(work: () => PromiseLike<unknown>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await work();
      return;
    } catch (error) {
      if (!NOT_NOW.includes(databaseErrorCode(error) ?? '') || tries === TRIES) throw error;
    }
  }
}

const NOT_NOW = ['55P03', '40P01'];
const TRIES = 30;

/** No trigger fires, and no foreign key is looked at: both are the business of the database that the rows come from. */
async function asCopy(tx: Sql): Promise<void> {
  try {
    await tx`set local session_replication_role = replica`;
  } catch (error) {
    if (databaseErrorCode(error) !== '42501') throw error;
    throw new Error(
      'the role may not copy rows without their triggers: GRANT SET ON PARAMETER session_replication_role TO it',
      { cause: error },
    );
  }
}

const tablesOf = (sql: Sql): Promise<OwnedTable[]> =>
  sql<OwnedTable[]>`
    select name, to_jsonb(columns) as columns, to_jsonb(key) as key from organization_tables() order by name`.then(
    (rows) => rows.map(({ name, columns, key }) => ({ name, columns, key })),
  );

const isOwn = (sql: Sql): Part => sql`organization_id = current_setting('switchboard.moved')::uuid`;

const names = (sql: Sql, columns: readonly string[]): Part =>
  columns.map((column) => sql`${sql(column)}`).reduce((list, column) => sql`${list}, ${column}`);

const isAmong =
  (table: OwnedTable) =>
  (sql: Sql): Part =>
    sql`
  ${isOwn(sql)} and (${names(sql, table.key)}) in (
    select ${names(sql, table.key)}
    from jsonb_populate_recordset(null::${sql(table.name)}, current_setting('switchboard.keys')::jsonb))`;

const bucketOf = (sql: Sql, { key }: OwnedTable): Part =>
  sql`(('x' || left(md5(row(${names(sql, key)})::text), 8))::bit(32)::integer & 1023)`;

interface Bucket {
  rows: number;
  sum: string;
}

/** Of all rows, in parts that are compared first. */
async function bucketsOf(sql: Sql, table: OwnedTable): Promise<Map<number, Bucket>> {
  const rows = await sql<{ bucket: number; rows: number; sum: string }[]>`
    select bucket, count(*)::integer as rows, count(*) || ' ' || bit_xor(digest) as sum from (
      select ${bucketOf(sql, table)} as bucket, ('x' || left(md5(row(${names(sql, table.columns)})::text), 16))::bit(64)::bigint as digest
      from ${sql(table.name)} where ${isOwn(sql)}
    ) t group by bucket`;
  return new Map(rows.map(({ bucket, ...each }) => [bucket, each]));
}

async function digestsOf(
  sql: Sql,
  table: OwnedTable,
  which: (sql: Sql) => Part,
): Promise<Map<string, { key: Key; digest: string }>> {
  const rows = await sql<{ name: string; key: Key; digest: string }[]>`
    select row(${names(sql, table.key)})::text as name, md5(row(${names(sql, table.columns)})::text) as digest,
      (select to_jsonb(k)::text from (select ${names(sql, table.key)}) k) as key
    from ${sql(table.name)} where ${which(sql)}`;
  return new Map(rows.map(({ name, ...each }) => [name, each]));
}
