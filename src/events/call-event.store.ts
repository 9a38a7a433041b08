import { and, eq, sql } from 'drizzle-orm';
import type { ReferenceValue } from '../calls/call-target.js';
import type { Transaction } from '../db/database.js';
import { newId } from '../db/new-id.js';
import {
  type CallEventRow,
  callEventCalls,
  callEventRefusals,
  callEvents,
} from '../db/tables/call-events.js';
import { callReferences, calls } from '../db/tables/calls.js';
import { actorTypeOf } from '../identity/actor.js';
import type { Viewer } from '../identity/viewer.js';
import { refuseUnknown } from '../refusal.js';
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

/** The event as it is now. */
export async function eventById(
  tx: Transaction,
  { organizationId, id }: Pick<CallEventRow, 'organizationId' | 'id'>,
): Promise<CallEventRow> {
  const [event] = await tx
    .select()
    .from(callEvents)
    .where(and(eq(callEvents.organizationId, organizationId), eq(callEvents.id, id)));
  if (event === undefined) throw new Error(`event ${id} vanished`);
  return event;
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

/** Forgets that an event was too large for a call, so that it can be tried again. */
export async function dropRefusal(
  tx: Transaction,
  { organizationId, id }: CallEventRow,
  callId: string,
): Promise<void> {
  await tx
    .delete(callEventRefusals)
    .where(
      and(
        eq(callEventRefusals.organizationId, organizationId),
        eq(callEventRefusals.eventId, id),
        eq(callEventRefusals.callId, callId),
      ),
    );
}

/**
 * What a record's events become when it is joined into another call: that call's, each once. One that counts for either
 * counts for both; one that was too large for either, and does not count, goes on not counting.
 */
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
    insert into ${callEventRefusals} (organization_id, event_id, call_id)
    select organization_id, event_id, ${to}::uuid from call_event_refusals
    where organization_id = ${organizationId} and call_id = ${from}
    on conflict do nothing`);
  await tx.execute(sql`
    delete from call_event_refusals r where r.organization_id = ${organizationId} and (r.call_id = ${from}
      or r.call_id = ${to} and exists (
        select from call_event_calls a
        where a.organization_id = ${organizationId} and a.event_id = r.event_id and a.call_id = ${to}))`);
}
