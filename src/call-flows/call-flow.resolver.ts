import { Arg, Authorized, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { CallLocator, toCallTarget } from '../calls/call.input.js';
import { Call } from '../calls/call.type.js';
import { callColumns } from '../db/tables/call-columns.js';
import { uuidArgument } from '../graphql/bad-input.js';
import type { Context } from '../graphql/context.js';
import { settle } from '../graphql/errors.js';
import { uuidOf } from '../graphql/ids.js';
import { checkId, checkStrings } from '../graphql/input-checks.js';
import { text } from '../graphql/text.js';
import type { Scope } from '../identity/viewer.js';
import { refuseIf } from '../refusal.js';
import {
  HangUpCallPayload,
  RecordCallFlowProgressPayload,
  ReplaceCallFlowPayload,
} from './call-flow.payload.js';
import type { CommandRow } from './call-flow.store.js';
import { CallFlow } from './call-flow.type.js';
import { toFlowCommands } from './call-flow-command.checks.js';
import { CallFlowCommandInput } from './call-flow-command.input.js';
import { CallFlowCommand } from './call-flow-command.type.js';
import { CallFlowProgressInput, checkProgress, toProgress } from './call-flow-progress.input.js';
import { checkIdempotencyKey, checkReplacement } from './replace-call-flow.checks.js';

const WHICH = 'The call, by its id or by a reference.';

@Resolver(() => CallFlow)
export class CallFlowResolver {
  @Authorized<Scope>('CALLS_READ')
  @Query(() => CallFlow, {
    nullable: true,
    description:
      'A flow by its id; null if it is unknown. A malformed id, or one of another type, is BAD_USER_INPUT. E.g. `{ callFlow(id: "call_flow_…") { revision status commands { command status ... on SayCommand { text } } } }`.',
  })
  callFlow(
    @Arg('id', () => ID, { description: "The flow's id, e.g. `call_flow_01h2xcejqtf2nbrexx3vqjhp41`." })
    id: string,
    @Ctx() { loaders }: Context,
  ) {
    return loaders.callFlowById.load(uuidArgument('call_flow', id, 'id'));
  }

  @FieldResolver(() => Call, { description: 'The call whose flow it is.' })
  call(@Root() flow: { callId: string }, @Ctx() { loaders }: Context) {
    return loaders.callById.load(flow.callId);
  }

  @FieldResolver(() => [CallFlowCommand], { description: 'Its steps, in their order.' })
  commands(@Root() flow: { id: string; commands?: CommandRow[] }, @Ctx() { loaders }: Context) {
    return flow.commands ?? loaders.commandsByFlowId.load(flow.id);
  }

  @Authorized<Scope>('CALL_FLOWS_WRITE')
  @Mutation(() => ReplaceCallFlowPayload, {
    nullable: true,
    description: text`
      Puts a new flow in force; the old one stays readable as SUPERSEDED. CALL_ENDED on an ended call.

      \`\`\`graphql
      mutation {
        replaceCallFlow(
          call: { reference: { system: BIRD, name: "id", value: "a78dd93c-08fb-450b-8651-0def9cf77cf9" } }
          commands: [{ answer: {} }, { say: { text: "Please call later.", locale: "en-GB" } }, { hangup: {} }]
        ) {
          callFlow { revision commands { id command status } }
          errors { code message path }
        }
      }
      \`\`\`
    `,
  })
  replaceCallFlow(
    @Arg('call', () => CallLocator, { description: WHICH }) call: CallLocator,
    @Arg('commands', () => [CallFlowCommandInput], { description: 'The steps, in their order: 1 to 20.' })
    commands: CallFlowCommandInput[],
    @Arg('expectedFlowRevision', () => Int, {
      nullable: true,
      description:
        'The revision of the flow in force that this one is to replace, 0 for none; REVISION_CONFLICT if it is another by now. Left out or null: whatever it is.',
    })
    expectedFlowRevision: number | null,
    @Arg('idempotencyKey', () => String, {
      nullable: true,
      description:
        'A key of your own, 1 to 255 characters, that makes repeating safe. It belongs to the call, is kept at least 24 hours, remembers successes only, and is looked at before anything else: the same key answers with the flow that it made, as it is now.',
    })
    idempotencyKey: string | null,
    @Ctx() { asked, services, viewer }: Context,
  ) {
    return settle(async () => {
      refuseIf(checkIdempotencyKey(idempotencyKey));
      return services.callFlows.replace(
        viewer,
        toCallTarget(call, ['call']),
        toFlowCommands(commands),
        {
          expectedFlowRevision: expectedFlowRevision ?? null,
          idempotencyKey: idempotencyKey ?? null,
          invalid: checkReplacement(commands, expectedFlowRevision),
        },
        callColumns(asked),
      );
    });
  }

  @Authorized<Scope>('CALL_FLOWS_WRITE')
  @Mutation(() => RecordCallFlowProgressPayload, {
    nullable: true,
    description: "Records what the vendor reports of a flow's commands: their status, its ids.",
  })
  recordCallFlowProgress(
    @Arg('callFlow', () => ID, {
      description: "The flow's id. Malformed, or of another type, it is INVALID; unknown, it is NOT_FOUND.",
    })
    callFlow: string,
    @Arg('vendorId', () => String, {
      nullable: true,
      description: "The vendor's id of the flow (Bird: `callFlow.id`); left out or null, it stays.",
    })
    vendorId: string | null,
    @Arg('commands', () => [CallFlowProgressInput], {
      description: 'The commands that have news, each once: at most 20.',
    })
    commands: CallFlowProgressInput[],
    @Ctx() { services, viewer }: Context,
  ) {
    return settle(async () => {
      refuseIf([
        ...checkId('call_flow', callFlow, ['callFlow']),
        ...checkStrings({ vendorId }, []),
        ...checkProgress(commands, ['commands']),
      ]);
      const flow = { id: uuidOf('call_flow', callFlow) ?? '', label: callFlow };
      const news = toProgress(commands);
      return { callFlow: await services.callFlows.recordProgress(viewer, flow, vendorId ?? null, news) };
    });
  }

  @Authorized<Scope>('CALLS_WRITE')
  @Mutation(() => HangUpCallPayload, {
    nullable: true,
    description:
      'Ends a live call: status COMPLETED, endedAt now; its flow stays. An already ended call is CALL_ENDED. E.g. `mutation { hangUpCall(call: { id: "call_…" }) { call { status endedAt } errors { code } } }`.',
  })
  hangUpCall(
    @Arg('call', () => CallLocator, { description: WHICH }) call: CallLocator,
    @Ctx() { services, viewer }: Context,
  ) {
    return settle(async () => ({
      call: await services.callFlows.hangUp(viewer, toCallTarget(call, ['call'])),
    }));
  }
}
