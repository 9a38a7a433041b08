import { and, eq } from 'drizzle-orm';
import { lockCall } from '../calls/call.store.js';
import { lockGroup } from '../calls/call-group.store.js';
import { claimReferences } from '../calls/call-reference.store.js';
import type { CallTarget } from '../calls/call-target.js';
import { closeIntake, shareIntake } from '../calls/intake-lock.store.js';
import type { Database, Transaction } from '../db/database.js';
import { inColumns } from '../db/insert-rows.js';
import { newUuid } from '../db/new-id.js';
import { type CallEventRow, callEvents } from '../db/tables/call-events.js';
import { actorOf } from '../identity/actor.js';
import type { Viewer } from '../identity/viewer.js';
import { refuse, refuseUnknown, type Target } from '../refusal.js';
import type { AdmissionStep } from './admission-step.js';
import {
  awaitedReference,
  type CallName,
  dropRefusal,
  eventById,
  eventOfSender,
  eventValues,
  insertEvent,
  namedCalls,
} from './call-event.store.js';
import type { EventAdmissions } from './event-admissions.service.js';
import { matchByRules, waitForRules } from './match-rule.store.js';
import type { NewCallEvent } from './new-call-event.js';
import { recordEventQueries } from './record-event.queries.js';

/** Creovai's half of the metadata: patches that arrive beside the call and count for a time of their own. */
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
   * Records an event and applies it to the calls that it finds; else it waits as PENDING, or is AMBIGUOUS. One that would
   * make its call's metadata too large is kept as TOO_LARGE. A second event with the same eventId answers with the first,
   * unchanged. Refuses an unknown call's id with NOT_FOUND.
   */
  async record(viewer: Viewer, event: NewCallEvent): Promise<CallEventRow> {
    return (
      (await this.#recordNamed(viewer, event)) ??
      this.#admissions.transaction(viewer, (tx, step) => record(tx, viewer, event, step))
    );
  }

  /** In one round trip, where the event is new and the call that it names is known; else null, and nothing is written. */
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

  /**
   * Binds an event that is not MATCHED to a call; TOO_LARGE then if it does not fit. Refuses with NOT_FOUND, and with
   * ALREADY_EXISTS one that is MATCHED.
   */
  assign(viewer: Viewer, name: Target & { id: string }, target: CallTarget): Promise<CallEventRow> {
    return this.#admissions.transaction(viewer, (tx, step) => assign(tx, viewer, name, target, step));
  }
}

async function record(
  tx: Transaction,
  viewer: Viewer,
  given: NewCallEvent,
  step: AdmissionStep,
): Promise<CallEventRow> {
  const owner = viewer.organization.id;
  const { target, eventId } = given;
  const known = eventId === null ? null : await eventOfSender(tx, owner, eventId);
  if (known !== null) return known;
  const group = target !== null && 'group' in target ? target.group : null;
  const groupId = group && (await enterGroup(tx, owner, group));
  const event = await insertEvent(tx, viewer, given, groupId);
  if (event === null) return (await eventOfSender(tx, owner, eventId ?? '')) ?? vanished();
  if (target !== null && 'group' in target) {
    await step.applyToGroup(event, actorOf(viewer));
    return eventById(tx, event);
  }
  const found = target === null ? await byRules(tx, event) : await byName(tx, event, target);
  return settle(tx, viewer, event, found, step);
}

interface Found {
  calls: string[];
  /** The match rule that found them. */
  rule: string | null;
}

/**
 * The call that the event named. Perhaps it is brought in this very moment: behind the lock of its name, a new statement
 * sees it, or else its upsert will find this event waiting.
 */
async function byName(tx: Transaction, event: CallEventRow, target: CallName): Promise<Found> {
  const calls = await namedCalls(tx, event.organizationId, target);
  const reference = awaitedReference(target);
  if (calls.length > 0 || reference === null) return { calls, rule: null };
  const { known } = await claimReferences(tx, event.organizationId, [reference]);
  return { calls: known.map(({ callId }) => callId), rule: null };
}

/**
 * The calls that the rules find. Where one sees a value in the event, any call may be the one that is brought in this
 * very moment: the intake is closed before a new statement looks again. Where none does, no rule may be made meanwhile.
 */
async function byRules(tx: Transaction, event: CallEventRow): Promise<Found> {
  const owner = event.organizationId;
  let found = await matchByRules(tx, event);
  if (found.calls.length === 0 && !found.isSeen) {
    await shareIntake(tx, owner);
    found = await matchByRules(tx, event);
  }
  if (found.calls.length > 0 || !found.isSeen) return found;
  await closeIntake(tx, owner);
  return matchByRules(tx, event);
}

/** The group, made where it is new, and locked: whoever joins it has joined before this, or will see the event. */
async function enterGroup(tx: Transaction, owner: string, name: { kind: string; key: string }) {
  await shareIntake(tx, owner);
  return lockGroup(tx, owner, name);
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

/** Behind the intake's lock, alone: nothing that waits is let in meanwhile, and no two lock an event and a call crosswise. */
async function assign(
  tx: Transaction,
  viewer: Viewer,
  name: Target & { id: string },
  target: CallTarget,
  step: AdmissionStep,
): Promise<CallEventRow> {
  const owner = viewer.organization.id;
  await closeIntake(tx, owner);
  const [event] = await tx
    .select()
    .from(callEvents)
    .where(and(eq(callEvents.organizationId, owner), eq(callEvents.id, name.id)));
  if (event === undefined) return refuseUnknown('Call event', name, 'id');
  if (event.match === 'MATCHED') {
    refuse('ALREADY_EXISTS', 'The event is matched already', [...name.path, 'id'], { event });
  }
  const call = await lockCall(tx, owner, target);
  await dropRefusal(tx, event, call.id);
  await step.apply(event, call.id, null, actorOf(viewer));
  return eventById(tx, event);
}

function vanished(): never {
  throw new Error('an event vanished that another transaction had recorded');
}
