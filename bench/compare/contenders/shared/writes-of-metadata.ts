import { isDeepStrictEqual } from 'node:util';
import { and, eq, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { db, type Transaction } from './db.js';
import { appendChange, differing, lockCall, mergePatch, saveCall } from './history.js';
import { uuidOf } from './ids.js';
import type { RecordCallEventInput } from './inputs.js';
import { ACTOR, ORGANIZATION_ID } from './settings.js';
import { type CallRow, callEventCalls, callEvents, callReferences } from './tables.js';

type Json = Record<string, unknown>;

/** A merge patch that counts for now. */
export function mergeMetadata(callId: string, patch: Json): Promise<CallRow> {
  return db.transaction(async (tx) => {
    const call = await lockCall(tx, callId);
    const at = new Date(Math.max(Date.now(), call.metadataAt?.getTime() ?? 0));
    return applyPatch(tx, call, patch, { kind: 'METADATA_MERGED', at, arrival: null });
  });
}

/** A merge patch that counts for its own time; here it is always the newest. */
export function recordEvent({ target, eventTime, metadata }: RecordCallEventInput) {
  return db.transaction(async (tx) => {
    const callId = target.call ? uuidOf(target.call.id) : await callOfSession(tx, target.sessionId ?? '');
    const session = target.sessionId ?? null;
    // Before any row that refers to it, or two events of one call would wait for each other.
    const call = await lockCall(tx, callId);
    const [event] = await tx
      .insert(callEvents)
      .values({
        organizationId: ORGANIZATION_ID,
        id: uuidv7(),
        actor: ACTOR,
        target: session === null ? 'CALL' : 'SESSION',
        sessionId: session,
        referenceSystem: session && 'CREOVAI',
        referenceName: session && 'sessionId',
        referenceValue: session,
        eventTime,
        arrival: sql`next_patch_arrival()`,
        metadata,
        match: 'MATCHED',
        createdAt: new Date(),
      })
      .returning();
    if (event === undefined) throw new Error('an event was not recorded');
    const { id: eventId, arrival } = event;
    await tx.insert(callEventCalls).values({ organizationId: ORGANIZATION_ID, eventId, callId });
    await applyPatch(tx, call, metadata, { kind: 'EVENT_APPLIED', at: eventTime, arrival, eventId });
    return event;
  });
}

async function callOfSession(tx: Transaction, value: string): Promise<string> {
  const { organizationId, system, name } = callReferences;
  const [reference] = await tx
    .select()
    .from(callReferences)
    .where(
      and(
        eq(organizationId, ORGANIZATION_ID),
        eq(system, 'CREOVAI'),
        eq(name, 'sessionId'),
        eq(callReferences.value, value),
      ),
    );
  if (reference === undefined) throw new Error(`there is no session ${value}`);
  return reference.callId;
}

interface Place {
  kind: string;
  at: Date;
  /** Null: the next one. */
  arrival: bigint | null;
  eventId?: string;
}

async function applyPatch(
  tx: Transaction,
  call: CallRow,
  patch: Json,
  { kind, at, arrival, eventId }: Place,
): Promise<CallRow> {
  const metadata = mergePatch(call.metadata, patch);
  const changed = !isDeepStrictEqual(metadata, call.metadata);
  const metadataArrival = arrival ?? sql`next_patch_arrival()`;
  const saved = await saveCall(tx, call, { metadata, metadataAt: at, metadataArrival }, changed);
  await appendChange(tx, saved, {
    kind,
    changed,
    patch,
    eventId,
    effectiveAt: at,
    arrival: saved.metadataArrival,
    oldValues: changed ? { metadata: differing(call.metadata, metadata) } : {},
    newValues: changed ? { metadata: differing(metadata, call.metadata) } : {},
  });
  return saved;
}
