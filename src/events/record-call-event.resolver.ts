import { Arg, Authorized, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import { CallLocator, toCallTarget } from '../calls/call.input.js';
import { refuseIf } from '../foundation/refusal.js';
import type { Context } from '../graphql/context.js';
import { settle } from '../graphql/errors.js';
import { uuidOf } from '../graphql/ids.js';
import { checkId } from '../graphql/input-checks.js';
import { settleBatch } from '../graphql/settle-batch.js';
import { text } from '../graphql/text.js';
import type { Scope } from '../identity/identity.enums.js';
import { AssignCallEventPayload, RecordCallEventPayload } from './call-event.payload.js';
import { checkCallEvent, toCallEvent } from './record-call-event.checks.js';
import { RecordCallEventInput } from './record-call-event.input.js';

@Resolver()
export class RecordCallEventResolver {
  @Authorized<Scope>('EVENTS_WRITE')
  @Mutation(() => RecordCallEventPayload, {
    nullable: true,
    description: text`
      Records metadata that arrives separately from its call, before, during or after it (Creovai's Async Metadata). It
      takes effect at its eventTime: if two events set the same field, the later one wins, in whichever order they arrive.

      \`\`\`graphql
      mutation {
        recordCallEvent(input: {
          target: { sessionId: "abc123" }, eventTime: "2018/10/15T09:00:00.000Z"
          metadata: { customerDataField1: "someData" }
        }) {
          event { id match calls { nodes { id metadata } } }
          errors { code message path }
        }
      }
      \`\`\`
    `,
  })
  recordCallEvent(
    @Arg('input', () => RecordCallEventInput, { description: 'The event.' }) input: RecordCallEventInput,
    @Ctx() { services, viewer }: Context,
  ) {
    return settle(async () => {
      refuseIf(checkCallEvent(input, ['input'], services.limits));
      return { event: await services.callEvents.record(viewer, toCallEvent(input, ['input'])) };
    });
  }

  @Authorized<Scope>('EVENTS_WRITE')
  @Mutation(() => [RecordCallEventPayload], {
    nullable: true,
    description: text`
      Records at most 500 events in order, each as recordCallEvent does. Every item succeeds or fails on its own; paths of
      its errors begin with inputs and its index. A value that is invalid for its scalar or enum fails the whole request
      (BAD_USER_INPUT, with the index of the item).
    `,
  })
  recordCallEvents(
    @Arg('inputs', () => [RecordCallEventInput], { description: 'The events: at most 500.' })
    inputs: RecordCallEventInput[],
    @Ctx() { services, viewer }: Context,
  ) {
    const check = (input: RecordCallEventInput, path: string[]) => {
      refuseIf(checkCallEvent(input, path, services.limits));
      return { event: toCallEvent(input, path), path };
    };
    return settleBatch(viewer.account.key, 'inputs', inputs, check, (events) =>
      services.callEvents.recordAll(viewer, events),
    );
  }

  @Authorized<Scope>('EVENTS_WRITE')
  @Mutation(() => AssignCallEventPayload, {
    nullable: true,
    description:
      'Withdraws an event: its metadata no longer counts (the calls\' metadata is computed anew; what it had replaced comes back unless both are older than RETAIN_LOG), and it waits no more. One that was dismissed before stays as it is; recorded again under its eventId, it stays dismissed. E.g. `mutation { dismissCallEvent(id: "call_event_…") { event { match } errors { code } } }`.',
  })
  dismissCallEvent(
    @Arg('id', () => ID, {
      description:
        'The id of the event, e.g. `call_event_01h2xcejqtf2nbrexx3vqjhp41`. A malformed id, or an id of another type, is INVALID.',
    })
    id: string,
    @Ctx() { services, viewer }: Context,
  ) {
    return settle(async () => ({ event: await services.callEvents.dismiss(viewer, eventCalled(id)) }));
  }

  @Authorized<Scope>('EVENTS_WRITE')
  @Mutation(() => AssignCallEventPayload, {
    nullable: true,
    description:
      'Assigns a PENDING, AMBIGUOUS, TOO_LARGE or DISMISSED event to a call and applies it; it becomes TOO_LARGE if it does not fit. A MATCHED event is ALREADY_EXISTS and is returned. E.g. `mutation { assignCallEvent(id: "call_event_…", call: { id: "call_…" }) { event { match } errors { code } } }`.',
  })
  assignCallEvent(
    @Arg('id', () => ID, {
      description:
        'The id of the event, e.g. `call_event_01h2xcejqtf2nbrexx3vqjhp41`. A malformed id, or an id of another type, is INVALID.',
    })
    id: string,
    @Arg('call', () => CallLocator, { description: 'The call, by its id or by a reference.' })
    call: CallLocator,
    @Ctx() { services, viewer }: Context,
  ) {
    return settle(async () => {
      const name = eventCalled(id);
      const target = toCallTarget(call, ['call']);
      return { event: await services.callEvents.assign(viewer, name, target) };
    });
  }
}

function eventCalled(id: string) {
  refuseIf(checkId('call_event', id, ['id']));
  return { id: uuidOf('call_event', id) ?? '', path: [], label: `id ${id}` };
}
