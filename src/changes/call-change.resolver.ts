import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Call } from '../calls/call.type.js';
import { CallEvent } from '../events/call-event.type.js';
import { JsonText } from '../foundation/json-text.js';
import type { Context } from '../graphql/context.js';
import { encodeId } from '../graphql/ids.js';
import type { JsonObject } from '../graphql/json-object.js';
import { CallChange } from './call-change.type.js';
import type { HistoryRow, LogPosition } from './change.queries.js';
import { leavesLists } from './change-kind.js';

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
      'The call that changed. For the JOINED change that removes a record from all lists: that record, under its own id and without the data that moved to the other call.',
  })
  call(@Root() change: ChangeRoot, @Ctx() { reads: { loaders } }: Context) {
    const { callById, callRecordById } = loaders;
    return (isLeaving(change) ? callRecordById : callById).load(change.callId);
  }

  @FieldResolver(() => CallEvent, {
    nullable: true,
    description: 'The applied event, for EVENT_APPLIED; otherwise null.',
  })
  event(@Root() change: ChangeRoot, @Ctx() { reads: { loaders } }: Context) {
    return change.eventId === null ? null : loaders.callEventById.load(change.eventId);
  }

  @FieldResolver(() => Boolean, {
    deprecationReason:
      'Use callUpdates, whose `transition` also tells a call that enters from one that stays.',
    description:
      'In callsChanged: whether the filter matches the call after the change; false if the call leaves or has left the filter. Elsewhere true. Always false for the JOINED change that removes a record from all lists.',
  })
  matches(@Root() change: ChangeRoot) {
    return change.matches ?? !isLeaving(change);
  }
}

type ChangeRoot = Pick<HistoryRow, 'kind' | 'callId' | 'eventId'> & {
  newValues: JsonObject | JsonText | undefined;
  matches?: boolean;
};

function isLeaving({ kind, newValues }: ChangeRoot): boolean {
  // Only a history is read without the values, and it excludes such changes.
  if (newValues === undefined) return false;
  const values = newValues instanceof JsonText ? (newValues.value as object) : newValues;
  return leavesLists({ kind, newValues: values });
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
