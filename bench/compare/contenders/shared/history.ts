import { isDeepStrictEqual } from 'node:util';
import { and, eq, type SQL, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { Transaction } from './db.js';
import { ACTOR, ORGANIZATION_ID } from './settings.js';
import { type CallRow, callChanges, calls } from './tables.js';

type Json = Record<string, unknown>;

export async function lockCall(tx: Transaction, id: string): Promise<CallRow> {
  const [call] = await tx.select().from(calls).where(itIs(id)).for('update');
  if (call === undefined) throw new Error(`there is no call ${id}`);
  return call;
}

/** Writes to a locked call; a change of it raises its revision. */
export async function saveCall(
  tx: Transaction,
  call: CallRow,
  values: { [Column in keyof CallRow]?: CallRow[Column] | SQL },
  changed = true,
): Promise<CallRow> {
  const [saved] = await tx
    .update(calls)
    .set({
      ...values,
      changeLabel: sql`next_change_label(${calls.changeLabel})`,
      ...(changed ? { revision: call.revision + 1, updatedAt: new Date() } : {}),
    })
    .where(itIs(call.id))
    .returning();
  if (saved === undefined) throw new Error(`call ${call.id} vanished`);
  return saved;
}

const itIs = (id: string) => and(eq(calls.organizationId, ORGANIZATION_ID), eq(calls.id, id));

interface Change {
  kind: string;
  changed?: boolean;
  patch?: Json;
  eventId?: string;
  effectiveAt?: Date;
  arrival?: bigint | null;
  oldValues: Json;
  newValues: Json;
}

/** The row of history of a call that was just saved. */
export async function appendChange(
  tx: Transaction,
  saved: CallRow,
  { changed = true, ...change }: Change,
): Promise<void> {
  const now = new Date();
  await tx.insert(callChanges).values({
    effectiveAt: now,
    ...change,
    organizationId: ORGANIZATION_ID,
    label: saved.changeLabel,
    seq: sql`nextval('call_change_seq')`,
    id: uuidv7(),
    callId: saved.id,
    actor: ACTOR,
    revision: changed ? saved.revision : null,
    recordedAt: now,
  });
}

/** The members of `value` that `other` has not, or otherwise. */
export function differing(value: Json, other: Json): Json {
  return Object.fromEntries(
    Object.entries(value).filter(([key, member]) => !isDeepStrictEqual(member, other[key])),
  );
}

/** RFC 7396. */
export function mergePatch(target: unknown, patch: Json): Json {
  const merged = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = isObject(value) ? mergePatch(merged[key], value) : value;
  }
  return merged;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
