import { eq, sql } from 'drizzle-orm';
import type { CallTarget } from '../../calls/reference/call-target.values.js';
import type { Database } from '../../db/database.js';
import { persistedOperations } from '../../db/tables/persisted-operations.js';
import { FIRST_ID } from '../../foundation/new-id.js';
import { refuseUnknown } from '../../foundation/refusal.js';
import { actorOf } from '../../identity/actor.js';
import type { Viewer } from '../../identity/viewer.js';

/** Calls of a customer: in a request, and in a transaction, which holds the intake exclusively. */
export const MOST_CALLS = 10_000;
const CALLS_AT_ONCE = 50;
/** Rows of the log of the calls in a transaction, about. */
const CHANGES_AT_ONCE = 5_000;
/** Events and messages that are looked through in a transaction, at most: see the SQL functions. */
const LOOKED_AT = 200;

export class EraseService {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * The id of the call, also if the target is a record that was joined into it.
   * @throws Refusal NOT_FOUND
   */
  async eraseCall(viewer: Viewer, target: CallTarget): Promise<string> {
    const { organization } = viewer;
    await this.#eraseDocuments(viewer);
    const { system = null, name = null, value = null } = 'id' in target ? {} : target.reference;
    const id = 'id' in target ? target.id : null;
    const named = sql`array(
      select coalesce(c.joined_into, c.id) from calls c where c.organization_id = ${organization.id}::uuid
        and c.id = coalesce(${id}::uuid, (
          select r.call_id from call_references r where r.organization_id = ${organization.id}::uuid
            and r.system = ${system}::text and r.name = ${name}::text and r.value = ${value}::text)))`;
    const [erased] = await this.#erase(viewer, named);
    return erased ?? refuseUnknown('Call', target, 'id' in target ? 'id' : 'reference');
  }

  /** How many calls were erased. If more are left, that is MOST_CALLS, and `left` counts the others. */
  async eraseCustomer(viewer: Viewer, number: string): Promise<{ erased: number; left: number }> {
    const { organization, account } = viewer;
    await this.#eraseDocuments(viewer);
    let erased = 0;
    while (erased < MOST_CALLS) {
      const most = Math.min(CALLS_AT_ONCE, MOST_CALLS - erased);
      const found = sql`array(
        select n.id from (
          select c.id, sum(l.rows) over (order by c.id) - l.rows as before
          from calls_of_number(${organization.id}::uuid, ${number}::text, ${most}::integer) c (id)
          cross join lateral (
            select count(*) as rows from call_changes h
            where h.organization_id = ${organization.id}::uuid and h.call_id = c.id
          ) l
        ) n where n.before < ${CHANGES_AT_ONCE})`;
      const gone = await this.#erase(viewer, found);
      if (gone.length === 0) break;
      erased += gone.length;
    }
    await this.#eraseUnmatched(viewer, number);
    if (erased < MOST_CALLS) return { erased, left: 0 };
    const [row] = await this.#database.statement(
      () =>
        this.#database.db.execute<{ left: number }>(
          sql`select count(*)::integer as left from calls_of_number(${organization.id}::uuid, ${number}::text, null)`,
        ),
      account,
    );
    return { erased, left: row?.left ?? 0 };
  }

  /** Their messages first, while their references say which ones these are: so it can be done again wherever it stopped. */
  async #erase(viewer: Viewer, named: ReturnType<typeof sql>): Promise<string[]> {
    const { organization, account } = viewer;
    const find = () => this.#database.db.execute<{ ids: string[] }>(sql`select to_jsonb(${named}) as ids`);
    const [found] = await this.#database.statement(find, account);
    const ids = sql.param(found?.ids ?? []);
    if (ids.value.length === 0) return [];
    for (let after: string | null = FIRST_ID; after !== null; ) {
      const step = () =>
        this.#database.db.execute<{ last: string | null }>(sql`
          select erase_messages(${organization.id}::uuid, ${ids}::uuid[], ${after}::uuid, ${LOOKED_AT}::integer) as last`);
      const [row] = await this.#database.statement(step, account);
      after = row?.last ?? null;
    }
    const erase = () =>
      this.#database.db.execute<{ id: string }>(sql`
        select unnest(erase_calls(${organization.id}::uuid, ${ids}::uuid[], ${actorOf(viewer)}::text)) as id`);
    const erased = await this.#database.statement(erase, account);
    return erased.map(({ id }) => id);
  }

  /** Their literals may name the customer. Clients send them again. */
  async #eraseDocuments({ organization, account }: Viewer): Promise<void> {
    const { db, signals } = this.#database;
    const erase = () =>
      db.delete(persistedOperations).where(eq(persistedOperations.organizationId, organization.id));
    await this.#database.statement(erase, account);
    // A signal that is lost does no harm for long: gateways read what they keep from the database again.
    await signals.erased(organization.id).catch(() => {});
  }

  async #eraseUnmatched({ organization, account }: Viewer, number: string): Promise<void> {
    let [event, message]: [string | null, string | null] = [FIRST_ID, FIRST_ID];
    while (event !== null || message !== null) {
      const step = () =>
        this.#database.db.execute<{ event: string | null; message: string | null }>(sql`
          select event, message from erase_number(${organization.id}::uuid, ${number}::text, ${event}::uuid,
            ${message}::uuid, ${LOOKED_AT}::integer)`);
      const [row] = await this.#database.statement(step, account);
      event = row?.event ?? null;
      message = row?.message ?? null;
    }
  }
}
