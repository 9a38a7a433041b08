import { and, eq, sql } from 'drizzle-orm';
import type { ReferenceValue } from '../calls/reference/call-target.values.js';
import type { Transaction } from '../db/database.js';
import {
  type CallEventRow,
  callEventCalls,
  callEventRefusals,
  callEvents,
} from '../db/tables/call-events.js';
import { callReferences, calls } from '../db/tables/calls.js';
import { newId } from '../foundation/new-id.js';
import { refuseUnknown } from '../foundation/refusal.js';
import { actorTypeOf } from '../identity/actor.js';
import type { Viewer } from '../identity/viewer.js';
import type { EventTarget, NewCallEvent } from './new-call-event.js';

const SESSION = { system: 'CREOVAI', name: 'sessionId' } as const;

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

/** What `is_same_event` and `record_call_events` take beside the columns of an event. */
export function givenNames({ target }: Pick<NewCallEvent, 'target'>) {
  const group = target !== null && 'group' in target ? target.group : null;
  const call = target !== null && 'call' in target && 'id' in target.call ? target.call.id : null;
  return { call, group_kind: group?.kind ?? null, group_key: group?.key ?? null };
}

export async function isSameEvent(
  tx: Transaction,
  { organizationId, id }: CallEventRow,
  given: NewCallEvent,
): Promise<boolean> {
  const { target, eventTime, metadata } = given;
  const reference = awaitedReference(target);
  const columns = {
    target: targetKind(target),
    event_time: eventTime,
    metadata,
    reference_system: reference?.system,
    reference_name: reference?.name,
    reference_value: reference?.value,
    ...givenNames(given),
  };
  const [row] = await tx.execute<{ is_same: boolean }>(sql`
    select is_same_event(e, ${JSON.stringify(columns)}::text::jsonb) as is_same from call_events e
    where e.organization_id = ${organizationId} and e.id = ${id}`);
  return row?.is_same ?? false;
}

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

/** Null if the eventId exists, even if just committed. Draws one arrival number for all calls of the event. */
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

export type CallName = Exclude<EventTarget, null | { group: unknown }>;

/**
 * Empty if the event must wait for its call.
 * @throws Refusal NOT_FOUND for an unknown id
 */
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

/** It no longer counts for the calls that it was applied to before. */
/** A step of what is left of it; false if nothing is. Needs the intake's exclusive lock. */
export async function withdrawFurther(tx: Transaction, event: CallEventRow): Promise<boolean> {
  const [left] = await tx.execute<{ actor: string }>(sql`
    delete from event_admissions a
    where a.organization_id = ${event.organizationId} and a.event_id = ${event.id} and a.rule_id is null
    returning a.actor`);
  if (left === undefined) return false;
  await tx.execute(sql`
    select withdraw_event(${event.organizationId}::uuid, ${event.id}::uuid, ${left.actor}::text, events_of_a_step())`);
  return true;
}

export async function takeUpAgain(tx: Transaction, { organizationId, id }: CallEventRow): Promise<void> {
  await tx
    .delete(callEventCalls)
    .where(and(eq(callEventCalls.organizationId, organizationId), eq(callEventCalls.eventId, id)));
  await tx
    .update(callEvents)
    .set({ match: 'PENDING', matchedBy: null })
    .where(and(eq(callEvents.organizationId, organizationId), eq(callEvents.id, id)));
}

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
 * For a join. An event that counts for either record counts for both; one too large for either, counting for none,
 * stays so.
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
