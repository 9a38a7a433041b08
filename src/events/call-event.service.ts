import { and, eq, TransactionRollbackError } from 'drizzle-orm';
import { lockCall } from '../calls/call.store.js';
import { lockGroup } from '../calls/group/call-group.store.js';
import { lockIntakeExclusively, lockIntakeShared } from '../calls/intake-lock.store.js';
import { claimReferences } from '../calls/reference/call-reference.store.js';
import type { CallTarget } from '../calls/reference/call-target.values.js';
import type { Database, Transaction } from '../db/database.js';
import { inColumns } from '../db/insert-rows.js';
import { type CallEventRow, callEvents } from '../db/tables/call-events.js';
import { eventLoop } from '../foundation/event-loop.js';
import { newUuid } from '../foundation/new-id.js';
import { Refusal, refuse, refuseUnknown, type Target, valueOrRefusal } from '../foundation/refusal.js';
import { actorOf } from '../identity/actor.js';
import type { Viewer } from '../identity/viewer.js';
import type { AdmissionStep } from './admission-step.js';
import {
  awaitedReference,
  type CallName,
  dropRefusal,
  eventById,
  eventOfSender,
  eventValues,
  givenNames,
  insertEvent,
  isSameEvent,
  namedCalls,
  takeUpAgain,
  withdrawFurther,
} from './call-event.store.js';
import type { EventAdmissions } from './event-admissions.service.js';
import { matchByRules, waitForRules } from './match-rule.store.js';
import type { NewCallEvent } from './new-call-event.js';
import { recordEventQueries } from './record-event.queries.js';

export class CallEventService {
  readonly #database: Database;
  readonly #queries: ReturnType<typeof recordEventQueries>;

  readonly #admissions: EventAdmissions;

  constructor(database: Database, admissions: EventAdmissions) {
    this.#database = database;
    this.#admissions = admissions;
    this.#queries = recordEventQueries(database.db);
  }

  /**
   * A second event with the same eventId returns the first, unchanged.
   * @throws Refusal ALREADY_EXISTS (a different event with the eventId), NOT_FOUND (an unknown call id)
   */
  async record(viewer: Viewer, event: NewCallEvent, path = ['input']): Promise<CallEventRow> {
    return (
      (await this.#recordNamed(viewer, event)) ??
      this.#admissions.transaction(viewer, (tx, step) => record(tx, viewer, { event, path }, step))
    );
  }

  /** One round trip for a new event of a recorded call. Otherwise null, with nothing written. */
  async #recordNamed(viewer: Viewer, given: NewCallEvent): Promise<CallEventRow | null> {
    const { target } = given;
    if (target === null || 'group' in target) return null;
    const values = {
      organization: viewer.organization.id,
      event: JSON.stringify(inColumns(callEvents, eventValues(given, viewer))),
      call: 'call' in target && 'id' in target.call ? target.call.id : null,
      maxBytes: this.#admissions.limits.metadataMaxBytes,
      change: newUuid(),
      actor: actorOf(viewer),
    };
    const write = () => this.#queries.recordNamed.execute(values);
    const [event] = await this.#database.statement(write, viewer.account);
    return event ?? null;
  }

  /** In order, and each by itself: see `record`. */
  async recordAll(viewer: Viewer, given: PlacedEvent[]): Promise<({ event: CallEventRow } | Refusal)[]> {
    const organizationId = viewer.organization.id;
    const { metadataMaxBytes, metadataMaxDepth } = this.#admissions.limits;
    const columns = await eventLoop.map(viewer.account.key, given, ({ event }) => ({
      ...inColumns(callEvents, eventValues(event, viewer)),
      ...givenNames(event),
    }));
    const values = {
      organization: organizationId,
      events: JSON.stringify(columns),
      actor: actorOf(viewer),
      maxBytes: metadataMaxBytes,
      maxDepth: metadataMaxDepth,
    };
    const rows = await this.#database.statement(
      () => this.#queries.recordAll.execute(values),
      viewer.account,
    );
    if (rows.some(({ isLeft }) => isLeft)) this.#admissions.continue(organizationId);
    const outcomes: ({ event: CallEventRow } | Refusal)[] = [];
    for (const [place, item] of given.entries()) {
      const { outcome, isLeft: _isLeft, place: _place, ...event } = rows[place] ?? vanished();
      outcomes.push(
        outcome === 'AGAIN'
          ? await orRefusal(this.record(viewer, item.event, item.path))
          : valueOrRefusal(() => recordedEvent(outcome, event, item)),
      );
    }
    return outcomes;
  }

  /**
   * Withdraws an event. One that was dismissed before stays so. It still counts in the calls that the first step does not
   * reach, until the admissions have taken it out of them.
   * @throws Refusal NOT_FOUND
   */
  async dismiss(viewer: Viewer, name: Target & { id: string }): Promise<CallEventRow> {
    const values = { organization: viewer.organization.id, event: name.id, actor: actorOf(viewer) };
    const dismiss = () => this.#queries.dismiss.execute(values);
    const [dismissed] = await this.#database.statement(dismiss, viewer.account);
    if (dismissed === undefined) return refuseUnknown('Call event', name, 'id');
    const { isLeft, ...event } = dismissed;
    if (isLeft) this.#admissions.continue(viewer.organization.id);
    return event;
  }

  /**
   * A patch that does not fit makes the event TOO_LARGE.
   * @throws Refusal NOT_FOUND, ALREADY_EXISTS (the event is MATCHED)
   */
  async assign(viewer: Viewer, name: Target & { id: string }, target: CallTarget): Promise<CallEventRow> {
    for (;;) {
      const event = await this.#admissions.transaction(viewer, (tx, step) =>
        assign(tx, viewer, name, target, step),
      );
      if (event !== null) return event;
    }
  }
}

async function record(
  tx: Transaction,
  viewer: Viewer,
  { event: given, path }: PlacedEvent,
  step: AdmissionStep,
): Promise<CallEventRow> {
  const organizationId = viewer.organization.id;
  const { target, eventId } = given;
  const recorded = eventId === null ? null : await eventOfSender(tx, organizationId, eventId);
  if (recorded !== null) return repeated(tx, recorded, given, path);
  const group = target !== null && 'group' in target ? target.group : null;
  const groupId = group && (await enterGroup(tx, organizationId, group));
  const event = await insertEvent(tx, viewer, given, groupId);
  if (event === null) {
    return repeated(tx, (await eventOfSender(tx, organizationId, eventId ?? '')) ?? vanished(), given, path);
  }
  if (target !== null && 'group' in target) {
    await step.applyToGroup(event, actorOf(viewer));
    return eventById(tx, event);
  }
  const found = target === null ? await byRules(tx, event) : await byName(tx, event, target);
  return settle(tx, viewer, event, found, step);
}

async function repeated(
  tx: Transaction,
  event: CallEventRow,
  given: NewCallEvent,
  path: string[],
): Promise<CallEventRow> {
  return (await isSameEvent(tx, event, given)) ? event : refuseOther(event, path);
}

function refuseOther(event: CallEventRow, path: string[]): never {
  const message = 'An event with this eventId exists, with another time, target or metadata';
  return refuse('ALREADY_EXISTS', message, [...path, 'eventId'], { event });
}

function recordedEvent(
  outcome: string,
  event: CallEventRow,
  { event: { target }, path }: PlacedEvent,
): { event: CallEventRow } {
  if (outcome === 'OTHER') refuseOther(event, path);
  if (outcome === 'UNKNOWN' && target !== null && 'call' in target) refuseUnknown('Call', target.call, 'id');
  return { event };
}

/** With the path of its item in a batch. */
export interface PlacedEvent {
  event: NewCallEvent;
  path: string[];
}

async function orRefusal(recording: Promise<CallEventRow>): Promise<{ event: CallEventRow } | Refusal> {
  try {
    return { event: await recording };
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

interface Found {
  calls: string[];
  rule: string | null;
}

/**
 * Another transaction may be adding the call. Under the reference's lock a new statement sees that call, or its upsert
 * will find this event waiting.
 */
async function byName(tx: Transaction, event: CallEventRow, target: CallName): Promise<Found> {
  const calls = await namedCalls(tx, event.organizationId, target);
  const reference = awaitedReference(target);
  if (calls.length > 0 || reference === null) return { calls, rule: null };
  const { known } = await claimReferences(tx, event.organizationId, [reference]);
  return { calls: known.map(({ callId }) => callId), rule: null };
}

/** Any call that is being added may match a value, so the intake is locked exclusively before a new search. */
async function byRules(tx: Transaction, event: CallEventRow): Promise<Found> {
  const found = await matchByRules(tx, event);
  if (found.calls.length > 0) return found;
  if (!found.hasValue && (await staysWithoutValue(tx, event))) return found;
  await lockIntakeExclusively(tx, event.organizationId);
  return matchByRules(tx, event);
}

/**
 * If no rule finds a value, the shared lock keeps out new rules until the commit. Otherwise the savepoint releases it:
 * two transactions that share it would wait for each other to get it exclusively.
 */
async function staysWithoutValue(tx: Transaction, event: CallEventRow): Promise<boolean> {
  try {
    await tx.transaction(async (savepoint) => {
      await lockIntakeShared(savepoint, event.organizationId);
      if ((await matchByRules(savepoint, event)).hasValue) savepoint.rollback();
    });
    return true;
  } catch (error) {
    if (error instanceof TransactionRollbackError) return false;
    throw error;
  }
}

/** Under the group's lock every call has joined before, or its transaction will see the event. */
async function enterGroup(tx: Transaction, organizationId: string, name: { kind: string; key: string }) {
  await lockIntakeShared(tx, organizationId);
  return lockGroup(tx, organizationId, name);
}

async function settle(
  tx: Transaction,
  viewer: Viewer,
  event: CallEventRow,
  { calls, rule }: Found,
  step: AdmissionStep,
): Promise<CallEventRow> {
  const [call, another] = calls;
  if (another !== undefined) return ambiguous(tx, event);
  if (call === undefined) {
    if (event.target === 'RULES') await waitForRules(tx, event);
    return event;
  }
  await step.apply(event, call, rule, actorOf(viewer));
  return eventById(tx, event);
}

async function ambiguous(tx: Transaction, event: CallEventRow): Promise<CallEventRow> {
  await tx
    .update(callEvents)
    .set({ match: 'AMBIGUOUS' })
    .where(and(eq(callEvents.organizationId, event.organizationId), eq(callEvents.id, event.id)));
  return { ...event, match: 'AMBIGUOUS' };
}

/**
 * The exclusive intake lock keeps out admissions, and keeps two transactions from locking an event and a call in
 * opposite order. Null if it has done another step of withdrawing the event.
 */
async function assign(
  tx: Transaction,
  viewer: Viewer,
  name: Target & { id: string },
  target: CallTarget,
  step: AdmissionStep,
): Promise<CallEventRow | null> {
  const organizationId = viewer.organization.id;
  await lockIntakeExclusively(tx, organizationId);
  const [event] = await tx
    .select()
    .from(callEvents)
    .where(and(eq(callEvents.organizationId, organizationId), eq(callEvents.id, name.id)));
  if (event === undefined) return refuseUnknown('Call event', name, 'id');
  if (event.match === 'MATCHED') {
    refuse('ALREADY_EXISTS', 'The event is already MATCHED', [...name.path, 'id'], { event });
  }
  if (event.match === 'DISMISSED' && (await withdrawFurther(tx, event))) return null;
  const call = await lockCall(tx, organizationId, target);
  if (event.match === 'DISMISSED') await takeUpAgain(tx, event);
  await dropRefusal(tx, event, call.id);
  await step.apply(event, call.id, null, actorOf(viewer));
  return eventById(tx, event);
}

function vanished(): never {
  throw new Error('an event vanished that another transaction had recorded');
}
