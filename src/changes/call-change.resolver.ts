import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Call } from '../calls/call.type.js';
import { CallEvent } from '../events/call-event.type.js';
import type { Context } from '../graphql/context.js';
import { encodeId } from '../graphql/ids.js';
import type { JsonObject } from '../graphql/json-object.js';
import { CallChange } from './call-change.type.js';
import type { LogPosition } from './change.queries.js';

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
  oldValues(@Root() change: Pick<CallChange, 'oldValues'>) {
    return publishedValues(change.oldValues);
  }

  @FieldResolver()
  newValues(@Root() change: Pick<CallChange, 'newValues'>) {
    return publishedValues(change.newValues);
  }

  @FieldResolver(() => Call, { description: 'The call that it happened to.' })
  call(@Root() change: { callId: string }, @Ctx() { loaders }: Context) {
    return loaders.callById.load(change.callId);
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
      'In callsChanged: whether the filter finds the call now (false: it has left, or is leaving). Elsewhere true.',
  })
  matches(@Root() change: { matches?: boolean }) {
    return change.matches ?? true;
  }
}

/** The log keeps uuids; calls, and the commands of a flow, are what has an id in these values. */
function publishedValues(values: JsonObject): JsonObject {
  const { parent, duplicate, callFlow } = values as LoggedIds;
  return {
    ...values,
    ...(parent?.id && { parent: { id: encodeId('call', parent.id) } }),
    ...(duplicate?.id && { duplicate: { id: encodeId('call', duplicate.id) } }),
    ...(callFlow?.commands && { callFlow: { ...callFlow, commands: callFlow.commands.map(published) } }),
  };
}

function published(command: { id: string }) {
  return { ...command, id: encodeId('call_flow_command', command.id) };
}

interface LoggedIds {
  parent?: { id?: string } | null;
  /** Of JOINED: the record that was joined into the call. */
  duplicate?: { id?: string };
  callFlow?: { commands?: { id: string }[] } | null;
}
