import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Call } from '../calls/call.type.js';
import { JsonText } from '../db/json-text.js';
import { CallEvent } from '../events/call-event.type.js';
import type { Context } from '../graphql/context.js';
import { encodeId } from '../graphql/ids.js';
import type { JsonObject } from '../graphql/json-object.js';
import { CallChange } from './call-change.type.js';
import type { LogPosition } from './change.queries.js';
import { leavesLists } from './change-kind.js';

@Resolver(() => CallChange)
export class CallChangeResolver {
  @FieldResolver(() => String, {
    description:
      "Its place in the log: its edge's cursor in Call.history too. As delivered by a subscription it is good as `after` of either; as read from a history, of callChanged.",
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
      'The call that it happened to. For the JOINED with which a record leaves all lists, the record: under its own id, without what has moved to the other call.',
  })
  call(@Root() change: CallChange & { callId: string }, @Ctx() { loaders }: Context) {
    const { callById, callRecordById } = loaders;
    return (isLeaving(change) ? callRecordById : callById).load(change.callId);
  }

  @FieldResolver(() => CallEvent, {
    nullable: true,
    description: 'The event that was applied, for EVENT_APPLIED; else null.',
  })
  event(@Root() change: { eventId: string | null }, @Ctx() { loaders }: Context) {
    return change.eventId === null ? null : loaders.callEventById.load(change.eventId);
  }

  @FieldResolver(() => Boolean, {
    description:
      'In callsChanged: whether the filter finds the call now (false: it has left, or is leaving). Elsewhere true. Always false for the JOINED with which a record leaves all lists.',
  })
  matches(@Root() change: CallChange & { matches?: boolean }) {
    return change.matches ?? !isLeaving(change);
  }
}

function isLeaving({ kind, newValues }: CallChange): boolean {
  const values: unknown = newValues;
  return leavesLists({ kind, newValues: values instanceof JsonText ? (values.value as object) : newValues });
}

/** As a text where they are only shown. */
type LoggedValues = Record<'oldValues' | 'newValues', JsonObject | JsonText>;

/** What has an id in it. */
const MAY_HAVE_ID = /"(?:parent|duplicate|call|callFlow)"/;

/** The log keeps uuids; calls, and the commands of a flow, are what has an id in these values. */
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
  /** Of JOINED: the record that was joined into the call; where it leaves the lists, the call as well. */
  duplicate?: { id?: string };
  call?: { id?: string };
  callFlow?: { commands?: { id: string }[] } | null;
}
