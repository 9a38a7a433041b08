import { and, eq, sql } from 'drizzle-orm';
import type { ReferenceValue } from '../calls/call-target.js';
import type { Transaction } from '../db/database.js';
import { newId } from '../db/new-id.js';
import { type CallEventRow, callEventCalls, callEvents } from '../db/tables/call-events.js';
import { callGroupMembers, callReferences, calls } from '../db/tables/calls.js';
import { actorTypeOf } from '../identity/actor.js';
import type { Viewer } from '../identity/viewer.js';
import { refuseUnknown } from '../refusal.js';
import type { CallEventMatch } from './call-event.enums.js';
import type { EventTarget, NewCallEvent } from './new-call-event.js';

const SESSION = { system: 'CREOVAI', name: 'sessionId' } as const;

/** The name by which an event that names one finds its call, also when the call comes later. */
export function awaitedReference(target: EventTarget): ReferenceValue | null {
  if (target === null || 'group' in target) return null;
  if ('sessionId' in target) return { ...SESSION, value: target.sessionId };
  return 'reference' in target.call ? target.call.reference : null;
}

function targetKind(target: EventTarget): CallEventRow['target'] {
  if (target === null) return 'RULES';
  if ('group' in target) return 'GROUP';
  return 'sessionId' in target ? 'SESSION' : 'CALL';
}

/** What is stored of a new event, but for its place in the order of arrival; it waits. */
export function eventValues({ target, eventId, eventTime, metadata }: NewCallEvent, sender: Viewer) {
  const reference = awaitedReference(target);
  return {
    ...newId(),
    eventId,
    actor: sender.name,
    actorType: actorTypeOf(sender),
    target: targetKind(target),
    sessionId: target !== null && 'sessionId' in target ? target.sessionId : null,
    referenceSystem: reference?.system ?? null,
    referenceName: reference?.name ?? null,
    referenceValue: reference?.value ?? null,
    eventTime,
    metadata,
    match: 'PENDING' as const,
  };
}

/** The organization's event that has the sender's id, or null. */
export async function eventOfSender(
  tx: Transaction,
  organizationId: string,
  eventId: string,
): Promise<CallEventRow | null> {
  const [event] = await tx
    .select()
    .from(callEvents)
    .where(and(eq(callEvents.organizationId, organizationId), eq(callEvents.eventId, eventId)));
  return event ?? null;
}

/**
 * Records the event as one that waits; null when there is one with the sender's id, be it that this had to wait for its
 * transaction. Its place in the order of arrival is drawn here, once for all calls that it will be applied to.
 */
export async function insertEvent(
  tx: Transaction,
  viewer: Viewer,
  given: NewCallEvent,
  groupId: string | null,
): Promise<CallEventRow | null> {
  const [event] = await tx
    .insert(callEvents)
    .values({
      ...eventValues(given, viewer),
      organizationId: viewer.organization.id,
      groupId,
      arrival: sql`next_patch_arrival()`,
    })
    .onConflictDoNothing({ target: [callEvents.organizationId, callEvents.eventId] })
    .returning();
  return event ?? null;
}

/** A target that names one call. */
export type CallName = Exclude<EventTarget, null | { group: unknown }>;

/** The call that an event named, [] when it is to wait for it. Refuses an unknown id with NOT_FOUND. */
export async function namedCalls(
  tx: Transaction,
  organizationId: string,
  target: CallName,
): Promise<string[]> {
  if ('call' in target && 'id' in target.call) {
    const [call] = await tx
      .select({ id: calls.id })
      .from(calls)
      .where(and(eq(calls.organizationId, organizationId), eq(calls.id, target.call.id)));
    return [call?.id ?? refuseUnknown('Call', target.call, 'id')];
  }
  const reference = awaitedReference(target);
  if (reference === null) return [];
  const { system, name, value } = callReferences;
  const found = await tx
    .select({ id: callReferences.callId })
    .from(callReferences)
    .where(
      and(
        eq(callReferences.organizationId, organizationId),
        eq(system, reference.system),
        eq(name, reference.name),
        eq(value, reference.value),
      ),
    );
  return found.map(({ id }) => id);
}

/** The calls of a group that this transaction has locked. */
export async function memberCalls(
  tx: Transaction,
  organizationId: string,
  groupId: string,
): Promise<string[]> {
  const members = await tx
    .select({ id: callGroupMembers.callId })
    .from(callGroupMembers)
    .where(and(eq(callGroupMembers.organizationId, organizationId), eq(callGroupMembers.groupId, groupId)));
  return members.map(({ id }) => id);
}

/**
 * Applies one event to the calls, each once, by one set-based statement after their locks. Answers with what the event is
 * then: MATCHED, or TOO_LARGE where it would take each of the calls past the limit. A record that was joined into another
 * call stands for that one.
 */
export async function applyEvent(
  tx: Transaction,
  { organizationId, id }: CallEventRow,
  callIds: string[],
  actor: string,
  maxBytes: number,
): Promise<CallEventMatch> {
  const events = callIds.map(() => id);
  await tx.execute(sql`
    select apply_call_events(${organizationId}::uuid, ${sql.param(events)}::uuid[], ${sql.param(callIds)}::uuid[],
      ${actor}::text, '{}', ${maxBytes}::integer)`);
  const [event] = await tx
    .select({ match: callEvents.match })
    .from(callEvents)
    .where(and(eq(callEvents.organizationId, organizationId), eq(callEvents.id, id)));
  if (event === undefined) throw new Error('an event vanished that was just applied');
  return event.match;
}

/** What a record's events become when it is joined into another call: that call's, each once; also those that are due. */
export async function moveEvents(
  tx: Transaction,
  organizationId: string,
  from: string,
  to: string,
): Promise<void> {
  await tx.execute(sql`
    insert into ${callEventCalls} (organization_id, event_id, call_id)
    select organization_id, event_id, ${to}::uuid from call_event_calls
    where organization_id = ${organizationId} and call_id = ${from}
    on conflict do nothing`);
  await tx
    .delete(callEventCalls)
    .where(and(eq(callEventCalls.organizationId, organizationId), eq(callEventCalls.callId, from)));
  await tx.execute(sql`
    with moved as (
      delete from due_events d where d.organization_id = ${organizationId} and d.call_id = ${from} returning d.event_id
    )
    insert into due_events (organization_id, call_id, event_id)
    select ${organizationId}::uuid, ${to}::uuid, event_id from moved on conflict do nothing`);
}
