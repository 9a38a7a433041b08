import { Arg, Authorized, Ctx, Mutation, Resolver } from 'type-graphql';
import { CallLocator, toCallTarget } from '../calls/call.input.js';
import type { Context } from '../graphql/context.js';
import { settle } from '../graphql/errors.js';
import { text } from '../graphql/text.js';
import type { Scope } from '../identity/viewer.js';
import { refuseIf } from '../refusal.js';
import { checkVoiceCall } from '../voice-calls/voice-call.checks.js';
import { CreateVoiceCallInput } from '../voice-calls/voice-call.input.js';
import { CreateVoiceCallPayload } from '../voice-calls/voice-call.type.js';
import { checkUpsertCall, toUpsertCall } from './upsert-call.checks.js';
import { UpsertCallInput } from './upsert-call.input.js';
import { UpsertCallPayload } from './upsert-call.payload.js';

@Resolver()
export class IntakeResolver {
  @Authorized<Scope>('CALLS_WRITE')
  @Mutation(() => UpsertCallPayload, {
    nullable: true,
    description: text`
      Creates the call, or updates the one that already has any of the references given; what a vendor's webhook or a
      polled list calls, and may repeat. References are added, never lost.

      \`\`\`graphql
      mutation {
        upsertCall(input: {
          references: [{ system: BURKI, name: "id", value: "101" }]
          vendorStatus: "completed", duration: 180, tags: ["sales"]
        }) {
          call { id status revision }
          created
          errors { code message path }
        }
      }
      \`\`\`
    `,
  })
  async upsertCall(
    @Arg('input', () => UpsertCallInput, { description: 'What is said of the call.' }) input: UpsertCallInput,
    @Ctx() { services, viewer }: Context,
  ) {
    const settled = await settle(async () => {
      refuseIf(checkUpsertCall(input, ['input'], services.limits));
      return services.intake.upsertCall(viewer, toUpsertCall(input, ['input']));
    });
    return { created: false, ...settled };
  }

  @Authorized<Scope>('VOICE_CALLS_WRITE')
  @Mutation(() => CreateVoiceCallPayload, {
    nullable: true,
    description: text`
      Creates the voice call of a call; without \`call\`, of the call that has the same uid, sourceId or externalUuid, or
      else of a new one.

      uid, sourceId and externalUuid become the call's references (REFERENCE_CONFLICT when one is another call's). The
      call's status, direction, numbers and duration follow; null is not copied. A call that has a voice call already is
      ALREADY_EXISTS, with the present record: a repeated webhook does no harm.
    `,
  })
  createVoiceCall(
    @Arg('call', () => CallLocator, {
      nullable: true,
      description:
        'The call, by its id or by a reference. Left out or null: it is found by the ids in the input.',
    })
    call: CallLocator | null,
    @Arg('input', () => CreateVoiceCallInput, { description: 'The new record.' }) input: CreateVoiceCallInput,
    @Ctx() { services, viewer }: Context,
  ) {
    return settle(async () => {
      refuseIf(checkVoiceCall(input, ['input']));
      const target = call == null ? null : toCallTarget(call, ['call']);
      return { voiceCall: await services.intake.createVoiceCall(viewer, target, input) };
    });
  }
}
