import { sql } from 'drizzle-orm';
import { shareIntake } from '../calls/intake-lock.store.js';
import type { Database, Transaction } from '../db/database.js';
import { actorOf } from '../identity/actor.js';
import type { Viewer } from '../identity/viewer.js';

export interface WrittenCalls {
  /** The calls that were made or written, by their uuids. */
  calls: string[];
  /** The groups that this transaction added calls to. */
  joined: { callId: string; groupId: string }[];
  /** The calls whose revision the mutation has raised already. */
  raised: string[];
}

/** What a transaction has written, and the calls for which it has left events to the transactions that follow. */
export interface Admitted<T> {
  written: T;
  left: string[];
}

interface Admission {
  /** The calls that changed by it. */
  changed: string[];
  /** Whether so many events wait that some are left for another transaction. */
  isLeft: boolean;
}

/**
 * Lets in the events that waited for calls that were just written, and those of the groups that they joined: after the
 * writing, in a statement of its own. The writer shares the intake's lock. Takes 500 events at most; `writtenInSteps` goes
 * on with what is left.
 */
export async function admitWaitingEvents(
  tx: Transaction,
  organizationId: string,
  actor: string,
  { calls, joined, raised }: WrittenCalls,
  maxBytes: number,
): Promise<Admission> {
  const [row] = await tx.execute<{ changed: string[]; is_left: boolean }>(sql`
    select * from admit_waiting_events(${organizationId}::uuid, ${sql.param(calls)}::uuid[],
      ${sql.param(joined.map(({ callId }) => callId))}::uuid[], ${sql.param(joined.map(({ groupId }) => groupId))}::uuid[],
      ${actor}::text, ${sql.param(raised)}::uuid[], ${maxBytes}::integer)`);
  return { changed: row?.changed ?? [], isLeft: row?.is_left ?? false };
}

/**
 * Runs a write, and then lets in the events that it has left, in transactions of 500. One of these that fails does not
 * fail the write: its events wait on, and the next write of their calls finds them.
 */
export async function writtenInSteps<T>(
  database: Database,
  viewer: Viewer,
  maxBytes: number,
  write: (tx: Transaction) => Promise<Admitted<T>>,
): Promise<T> {
  const { organization, account } = viewer;
  const { written, left } = await database.transaction(write, account);
  if (left.length === 0) return written;
  const step = () =>
    database.transaction(async (tx) => {
      await shareIntake(tx, organization.id);
      const calls = { calls: left, joined: [], raised: [] };
      return admitWaitingEvents(tx, organization.id, actorOf(viewer), calls, maxBytes);
    }, account);
  try {
    while ((await step()).isLeft);
  } catch {
    // The write itself is done.
  }
  return written;
}
