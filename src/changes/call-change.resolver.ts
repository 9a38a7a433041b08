import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Call } from '../calls/call.type.js';
import { emptyCall } from '../calls/empty-call.js';
import { CallEvent } from '../events/call-event.type.js';
import { JsonText } from '../foundation/json-text.js';
import type { Context } from '../graphql/context.js';
import { encodeId } from '../graphql/ids.js';
import type { JsonObject } from '../graphql/json-object.js';
import { CallChange } from './call-change.type.js';
import type { HistoryRow, LogPosition } from './change.queries.js';
import { isLeavingByJoin } from './change-kind.js';

@Resolver(() => CallChange)
export class CallChangeResolver {
  @FieldResolver(() => String, {
    description:
      "Its position in the log, equal to its edge's cursor in Call.history. A cursor from a subscription can be used as `after` of all subscriptions to calls, a cursor from a history as `after` of callChanged and callUpdated.",
  })
  cursor(@Root() change: LogPosition, @Ctx() { logCursors }: Context) {
    return logCursors.of(change);
  }

  @FieldResolver()
  oldValues(@Root() change: LoggedValues) {
    return publishedValues(change.oldValues);
  }

  @FieldResolver()
  newValues(@Root() change: LoggedValues) {
    return publishedValues(change.newValues);
  }

  @FieldResolver(() => Call, {
    description:
      'The call that changed. For the JOINED change that removes a record from all lists: that record, under its own id and without the data that moved to the other call. For ERASED: its id alone, with empty values.',
  })
  async call(@Root() change: ChangeRoot, @Ctx() { reads: { loaders } }: Context) {
    if (change.kind === 'ERASED') return erasedCall(change);
    const { callById, callRecordById } = loaders;
    const call = await (isLeaving(change) ? callRecordById : callById).load(change.callId);
    // It may have been erased since the change was read.
    return call ?? erasedCall(change);
  }

  @FieldResolver(() => CallEvent, {
    nullable: true,
    description: 'The event of EVENT_APPLIED and EVENT_DISMISSED, if it was not erased; otherwise null.',
  })
  event(@Root() change: ChangeRoot, @Ctx() { reads: { loaders } }: Context) {
    return change.eventId === null ? null : loaders.callEventById.load(change.eventId);
  }

  @FieldResolver(() => Boolean, {
    deprecationReason:
      'Use callUpdates, whose `transition` also tells a call that enters from one that stays.',
    description:
      'In callsChanged: whether the filter matches the call after the change; false if the call leaves or has left the filter. Elsewhere true. Always false for ERASED, and for the JOINED change that removes a record from all lists.',
  })
  matches(@Root() change: ChangeRoot) {
    return change.matches ?? !(change.kind === 'ERASED' || isLeaving(change));
  }
}

export function erasedCall({
  organizationId,
  callId,
  recordedAt,
  revision,
}: Pick<ChangeRoot, 'organizationId' | 'callId' | 'recordedAt' | 'revision'>) {
  return emptyCall(organizationId, { id: callId, createdAt: recordedAt }, revision ?? 0);
}

type ChangeRoot = Pick<
  HistoryRow,
  'organizationId' | 'kind' | 'callId' | 'eventId' | 'recordedAt' | 'revision'
> & {
  newValues: JsonObject | JsonText | undefined;
  matches?: boolean;
};

function isLeaving({ kind, newValues }: ChangeRoot): boolean {
  // Only a history is read without the values, and it excludes such changes.
  if (newValues === undefined) return false;
  const values = newValues instanceof JsonText ? (newValues.value as object) : newValues;
  return isLeavingByJoin({ kind, newValues: values });
}

type LoggedValues = Record<'oldValues' | 'newValues', JsonObject | JsonText>;

const MAY_HAVE_ID = /"(?:parent|duplicate|call|callFlow)"/;

function publishedValues(given: JsonObject | JsonText): JsonObject | JsonText {
  if (given instanceof JsonText && !MAY_HAVE_ID.test(given.written)) return given;
  const values = given instanceof JsonText ? (given.value as JsonObject) : given;
  const { parent, duplicate, call, callFlow } = values as LoggedIds;
  return {
    ...values,
    ...(parent?.id && { parent: { id: encodeId('call', parent.id) } }),
    ...(duplicate?.id && { duplicate: { id: encodeId('call', duplicate.id) } }),
    ...(call?.id && { call: { id: encodeId('call', call.id) } }),
    ...(callFlow?.commands && { callFlow: { ...callFlow, commands: callFlow.commands.map(published) } }),
  };
}

function published(command: { id: string }) {
  return { ...command, id: encodeId('call_flow_command', command.id) };
}

interface LoggedIds {
  parent?: { id?: string } | null;
  duplicate?: { id?: string };
  call?: { id?: string };
  callFlow?: { commands?: { id: string }[] } | null;
}
