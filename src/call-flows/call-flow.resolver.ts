import { Arg, Authorized, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { CallLocator, toCallTarget } from '../calls/call.input.js';
import { Call } from '../calls/call.type.js';
import { emptyIfErased } from '../calls/empty-call.js';
import { writtenColumns } from '../db/tables/call-columns.js';
import { refuseIf } from '../foundation/refusal.js';
import { uuidArgument } from '../graphql/bad-input.js';
import type { Context } from '../graphql/context.js';
import { settle } from '../graphql/errors.js';
import { uuidOf } from '../graphql/ids.js';
import { checkId, checkStrings } from '../graphql/input-checks.js';
import { text } from '../graphql/text.js';
import type { Scope } from '../identity/identity.enums.js';
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
      'A flow by its id; null if unknown. A malformed id, or an id of another type, is BAD_USER_INPUT. E.g. `{ callFlow(id: "call_flow_…") { revision status commands { command status ... on SayCommand { text } } } }`.',
  })
  callFlow(
    @Arg('id', () => ID, { description: "The flow's id, e.g. `call_flow_01h2xcejqtf2nbrexx3vqjhp41`." })
    id: string,
    @Ctx() { reads: { loaders } }: Context,
  ) {
    return loaders.callFlowById.load(uuidArgument('call_flow', id, 'id'));
  }

  @FieldResolver(() => Call, { description: 'The call of the flow.' })
  call(
    @Root() { callId, organizationId }: { callId: string; organizationId: string },
    @Ctx() { reads: { loaders } }: Context,
  ) {
    return emptyIfErased(loaders.callById.load(callId), organizationId, callId);
  }

  @FieldResolver(() => [CallFlowCommand], { description: 'The steps, in order.' })
  commands(@Root() flow: { id: string; commands?: CommandRow[] }, @Ctx() { reads: { loaders } }: Context) {
    return flow.commands ?? loaders.commandsByFlowId.load(flow.id);
  }

  @Authorized<Scope>('CALL_FLOWS_WRITE')
  @Mutation(() => ReplaceCallFlowPayload, {
    nullable: true,
    description: text`
      Replaces the active flow; the old one stays readable as SUPERSEDED. CALL_ENDED if the call has ended.

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
    @Arg('commands', () => [CallFlowCommandInput], { description: 'The steps, in order; 1 to 20.' })
    commands: CallFlowCommandInput[],
    @Arg('expectedFlowRevision', () => Int, {
      nullable: true,
      description:
        'The revision of the flow to replace, 0 for none; REVISION_CONFLICT if the active flow has another revision. Omitted or null: any flow.',
    })
    expectedFlowRevision: number | null,
    @Arg('idempotencyKey', () => String, {
      nullable: true,
      description:
        'Your own key, 1 to 255 characters, which makes retries safe. It is scoped to the call, stored only on success, kept for RETAIN_KEYS (30 days), at least 24 hours, and checked before all else. The same key returns the flow that it created, as it is now; with other commands it is INVALID, and that flow is returned too.',
    })
    idempotencyKey: string | null,
    @Ctx() { reads: { requestedFields }, services, viewer }: Context,
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
        writtenColumns(requestedFields),
      );
    });
  }

  @Authorized<Scope>('CALL_FLOWS_WRITE')
  @Mutation(() => RecordCallFlowProgressPayload, {
    nullable: true,
    description:
      "Records what the vendor reports about a flow: the status of its commands, and the vendor's ids.",
  })
  recordCallFlowProgress(
    @Arg('callFlow', () => ID, {
      description:
        "The flow's id. A malformed id, or an id of another type, is INVALID; an unknown one is NOT_FOUND.",
    })
    callFlow: string,
    @Arg('vendorId', () => String, {
      nullable: true,
      description: "The vendor's id of the flow (Bird: `callFlow.id`); omitted or null keeps the stored one.",
    })
    vendorId: string | null,
    @Arg('commands', () => [CallFlowProgressInput], {
      description: 'The commands to update, each at most once; at most 20.',
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
      'Ends a live call: sets status to COMPLETED and endedAt to now; its flow stays. A call that has already ended is CALL_ENDED. E.g. `mutation { hangUpCall(call: { id: "call_…" }) { call { status endedAt } errors { code } } }`.',
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
