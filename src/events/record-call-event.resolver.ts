import { Arg, Authorized, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import { CallLocator, toCallTarget } from '../calls/call.input.js';
import type { Context } from '../graphql/context.js';
import { settle } from '../graphql/errors.js';
import { uuidOf } from '../graphql/ids.js';
import { checkId } from '../graphql/input-checks.js';
import { text } from '../graphql/text.js';
import type { Scope } from '../identity/viewer.js';
import { refuseIf } from '../refusal.js';
import { AssignCallEventPayload, RecordCallEventPayload } from './call-event.payload.js';
import { checkCallEvent, toCallEvent } from './record-call-event.checks.js';
import { RecordCallEventInput } from './record-call-event.input.js';

@Resolver()
export class RecordCallEventResolver {
  @Authorized<Scope>('EVENTS_WRITE')
  @Mutation(() => RecordCallEventPayload, {
    nullable: true,
    description: text`
      Takes in metadata that arrives beside a call, before, during or after it (Creovai's Async Metadata). It counts for
      its eventTime: of two events with the same field the later one's value stands, in whichever order they arrive.

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
  @Mutation(() => AssignCallEventPayload, {
    nullable: true,
    description:
      'Binds a PENDING, AMBIGUOUS or TOO_LARGE event to a call by hand, and applies it; it is TOO_LARGE then if it does not fit. A MATCHED one is ALREADY_EXISTS, beside the event. E.g. `mutation { assignCallEvent(id: "call_event_…", call: { id: "call_…" }) { event { match } errors { code } } }`.',
  })
  assignCallEvent(
    @Arg('id', () => ID, {
      description: 'The id of the event; malformed, or of another type, it is INVALID.',
    })
    id: string,
    @Arg('call', () => CallLocator, { description: 'The call, by its id or by a reference.' })
    call: CallLocator,
    @Ctx() { services, viewer }: Context,
  ) {
    return settle(async () => {
      refuseIf(checkId('call_event', id, ['id']));
      const name = { id: uuidOf('call_event', id) ?? '', path: [], label: `id ${id}` };
      const target = toCallTarget(call, ['call']);
      return { event: await services.callEvents.assign(viewer, name, target) };
    });
  }
}
