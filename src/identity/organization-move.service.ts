import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql } from 'postgres';
import type { ServerOptions } from '../db/connection/driver.js';
import { moverConnection } from '../db/moving/mover-connection.js';
import { deleteRows, endCapture, OrganizationCopy } from '../db/moving/organization-copy.js';
import { databaseErrorCode } from '../foundation/unavailable.js';

export interface Move extends ServerOptions {
  organizationId: string;
  to: number;
  /** Of all databases, in the order of their numbers. */
  urls: readonly string[];
  report(what: string): void;
  signal: AbortSignal;
  grace?: Grace;
}

/** Milliseconds after the hand-over. */
interface Grace {
  /** In which gateways see that the organization has moved: its old rows may still be read. */
  readers: number;
  /** In which requests, and tries of workers, end that began before: a write to the old database is refused. */
  writers: number;
}

const GRACE: Grace = { readers: 5_000, writers: 60_000 };

export interface Moved {
  /** How many rows were compared, and are the same. */
  rows: number;
  /** Milliseconds for which writes waited. */
  closed: number;
}

/** What is left to compare before writes are made to wait, and how often that is tried. */
const MOST_LEFT = 2_000;
const MOST_CLOSED = 8_000;
const CLOSINGS = 5;
const GIVE_UP = ['55P03', '40P01', '57014'];

interface Place {
  shard: number;
  sql: Sql;
}

/**
 * Moves an organization to another database, beside traffic. A failure before it is handed over undoes the move; a
 * process that was killed leaves one that another call goes on with. Null if it was there already: what a move has left
 * elsewhere is deleted then.
 */
export async function moveOrganization(move: Move): Promise<Moved | null> {
  const { organizationId, to, urls, passwordFile, schema, report, signal, grace = GRACE } = move;
  const connections: Sql[] = [];
  const connect = async (shard: number): Promise<Place> => {
    const sql = await moverConnection(urls[shard] as string, organizationId, { passwordFile, schema });
    connections.push(sql);
    return { shard, sql };
  };
  try {
    const first = await connect(0);
    await holdAlone(first.sql);
    const [row] = await first.sql<{ shard: number }[]>`
      select shard from organizations where ${isIt(first.sql)} and deleted_at is null`;
    if (row === undefined) throw new Error('there is no such organization, or it is being deleted');
    if (row.shard === to) {
      const others = [...urls.keys()].filter((shard) => shard !== to);
      for (const shard of others) await forget(shard === 0 ? first : await connect(shard));
      await open(to === 0 ? first : await connect(to), first);
      return null;
    }
    const from = row.shard === 0 ? first : await connect(row.shard);
    const target = to === 0 ? first : await connect(to);
    try {
      return await handedOver({
        first,
        from,
        target,
        gate: await connect(from.shard),
        report,
        signal,
        grace,
      });
    } catch (error) {
      // A connection may have been lost while it was handed over.
      const again = await connect(0);
      const [now] = await again.sql<
        { shard: number }[]
      >`select shard from organizations where ${isIt(again.sql)}`;
      if (now?.shard === to) {
        throw new NotFinished('the organization has moved: the same command again deletes what is left', {
          cause: error,
        });
      }
      await undo({ from: await connect(from.shard), target: await connect(target.shard) });
      report('the move is undone');
      throw error;
    }
  } finally {
    for (const sql of connections) await sql.end({ timeout: 1 }).catch(() => {});
  }
}

/** It has moved, but what is left on the old database could not be deleted. */
export class NotFinished extends Error {
  override readonly name = 'NotFinished';
}

interface Places {
  first: Place;
  from: Place;
  target: Place;
  /** Another connection to where it comes from. */
  gate: Place;
  report(what: string): void;
  signal: AbortSignal;
  grace: Grace;
}

async function handedOver(places: Places): Promise<Moved> {
  const { first, from, target, gate, report, signal, grace } = places;
  await prepare(places);
  const copy = new OrganizationCopy(from.sql, target.sql);
  report('copies the rows');
  await copy.begin();
  await copy.copy(() => signal.throwIfAborted());
  await copy.catchUp();
  report('compares every row');
  const rows = await copy.compare();
  let closed = 0;
  for (let tries = 1; ; tries += 1) {
    for (let left = MOST_LEFT; left >= MOST_LEFT; ) {
      signal.throwIfAborted();
      left = await copy.catchUp();
    }
    report('hands the organization over');
    const startedAt = performance.now();
    const isDone = await gate.sql
      .begin(async (tx) => {
        await tx`set local lock_timeout = '5s'`;
        await tx`select pg_advisory_xact_lock(move_lock(current_setting('switchboard.moved')::uuid))`;
        for (let left = 1; left > 0; ) {
          left = await copy.catchUp();
          if (left > 0 && performance.now() - startedAt > MOST_CLOSED) return false;
        }
        await copy.continueAfter({ isNewEpoch: target.shard === 0 });
        await handOver(first, from, target);
        return true;
      })
      .catch(async (error) => {
        if (!GIVE_UP.includes(databaseErrorCode(error) ?? '')) throw error;
        if (from.shard !== 0) await from.sql`update organizations set held_at = null where ${isIt(from.sql)}`;
        return false;
      });
    closed = performance.now() - startedAt;
    if (isDone) break;
    if (tries === CLOSINGS)
      throw new Error('the organization is written to so much that it could not be handed over');
  }
  report('deletes the old rows');
  await open(target, first);
  await sleep(grace.readers);
  await deleteRows(from.sql);
  report('waits for what began before');
  await sleep(grace.writers - grace.readers);
  await forget(from);
  return { rows, closed };
}

const isIt = (sql: Sql) => sql`organization_id = current_setting('switchboard.moved')::uuid`;

/** One move of an organization at a time. */
async function holdAlone(sql: Sql): Promise<void> {
  const [row] = await sql<{ is_held: boolean }[]>`
    select pg_try_advisory_lock(hashtextextended('switchboard: mover of ' || current_setting('switchboard.moved'), 0)) as is_held`;
  if (row?.is_held !== true) throw new Error('the organization is being moved already');
}

/** No worker takes what is copied, and the source goes on, if it was closed by a move that was killed. */
async function prepare({ first, from, target }: Places): Promise<void> {
  if (from.shard !== 0) await from.sql`update organizations set held_at = null where ${isIt(from.sql)}`;
  if (target.shard === 0) {
    await target.sql`update organizations set held_at = clock_timestamp() where ${isIt(target.sql)}`;
    return;
  }
  const [row] = await first.sql<{ slug: string; name: string; created: string }[]>`
    select slug, name, created_at::text as created from organizations where ${isIt(first.sql)}`;
  if (row === undefined) throw new Error('the organization has gone');
  const { slug, name, created } = row;
  await target.sql`
    insert into organizations (organization_id, slug, name, created_at, shard, held_at)
    values (current_setting('switchboard.moved')::uuid, ${slug}, ${name}, ${created}::timestamptz, ${target.shard}, clock_timestamp())
    on conflict (organization_id) do update set held_at = excluded.held_at`;
}

/** From the second statement on, or where the first database is the old one from the only one, sign-in leads to the target. */
async function handOver(first: Place, from: Place, target: Place): Promise<void> {
  if (from.shard !== 0)
    await from.sql`update organizations set held_at = clock_timestamp() where ${isIt(from.sql)}`;
  const isOld = from.shard === 0;
  const done = await first.sql`
    update organizations set shard = ${target.shard}, held_at = case when ${isOld} then clock_timestamp() end
    where ${isIt(first.sql)} and deleted_at is null`;
  if (done.count === 0) throw new Error('the organization is being deleted');
}

/** Lets its workers begin. */
async function open(place: Place, first: Place): Promise<void> {
  await endCapture(place.sql);
  const [row] = await first.sql<{ slug: string; name: string; suspended: string | null }[]>`
    select slug, name, suspended_at::text as suspended from organizations where ${isIt(first.sql)}`;
  if (row === undefined) throw new Error('the organization has gone');
  const { slug, name, suspended } = row;
  await place.sql`
    update organizations set held_at = null, slug = ${slug}, name = ${name}, suspended_at = ${suspended}::timestamptz
    where ${isIt(place.sql)}`;
}

/** Deletes what a database has of an organization that is elsewhere. */
async function forget({ shard, sql }: Place): Promise<void> {
  await deleteRows(sql);
  await endCapture(sql);
  if (shard === 0) await sql`update organizations set held_at = null where ${isIt(sql)}`;
  else await sql`delete from organizations where ${isIt(sql)}`;
}

async function undo({ from, target }: { from: Place; target: Place }): Promise<void> {
  await endCapture(from.sql);
  await from.sql`update organizations set held_at = null where ${isIt(from.sql)}`;
  await forget(target);
}
