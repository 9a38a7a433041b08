import { Arg, Authorized, Ctx, Mutation, Resolver } from 'type-graphql';
import { CallLocator, checkCallLocator, toCallTarget } from '../calls/call.input.js';
import type { Context } from '../graphql/context.js';
import { settle } from '../graphql/errors.js';
import { settleBatch } from '../graphql/settle-batch.js';
import { text } from '../graphql/text.js';
import type { Scope } from '../identity/viewer.js';
import { refuseIf } from '../refusal.js';
import { checkVoiceCall } from '../voice-calls/voice-call.checks.js';
import { CreateVoiceCallInput } from '../voice-calls/voice-call.input.js';
import { CreateVoiceCallPayload } from '../voice-calls/voice-call.type.js';
import { JoinCallsPayload, UpsertCallPayload } from './intake.payload.js';
import { checkUpsertCall, toUpsertCall } from './upsert-call.checks.js';
import { UpsertCallInput } from './upsert-call.input.js';

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

  @Authorized<Scope>('CALLS_WRITE')
  @Mutation(() => [UpsertCallPayload], {
    nullable: true,
    description: text`
      Upserts at most 500 calls, in order, each as upsertCall would: it succeeds or fails by itself, and its errors' paths
      begin with inputs and its index. A value that its scalar or enum refuses fails the whole request, with the index of
      the item (BAD_USER_INPUT). Events that waited for one of the calls are let in after all items.
    `,
  })
  async upsertCalls(
    @Arg('inputs', () => [UpsertCallInput], { description: 'What is said of the calls: at most 500 items.' })
    inputs: UpsertCallInput[],
    @Ctx() { services, viewer }: Context,
  ) {
    const check = (input: UpsertCallInput, path: string[]) => {
      refuseIf(checkUpsertCall(input, path, services.limits));
      return toUpsertCall(input, path);
    };
    const payloads = await settleBatch(viewer.account.key, 'inputs', inputs, check, (ready) =>
      services.intake.upsertCalls(viewer, ready),
    );
    return payloads.map((payload) => ({ created: false, ...payload }));
  }

  @Authorized<Scope>('CALLS_WRITE')
  @Mutation(() => JoinCallsPayload, {
    nullable: true,
    description: text`
      Makes two records of one real call one, for when it is learnt late. The duplicate's references, groups, events, voice
      call, flows and children move to \`call\`, whose empty fields it fills; a terminal status wins over a live one, tags
      are united, and the metadata is folded from both. All flows are numbered anew in the order in which they were
      acknowledged, and the newest is in force. Its log rows stay as they are, and history reads both. The duplicate's id
      answers with \`call\` from then on.

      ALREADY_EXISTS when both have a voice call; INVALID when they are one call already, or when the call descends from a
      child of the duplicate; FORBIDDEN for a STAFF key when one of them has a voice call that is not its own. To join a
      record again by the id that it had is no error, and changes nothing.
    `,
  })
  joinCalls(
    @Arg('call', () => CallLocator, { description: 'The call that stays.' }) call: CallLocator,
    @Arg('duplicate', () => CallLocator, { description: 'The other record of the same real call.' })
    duplicate: CallLocator,
    @Ctx() { services, viewer }: Context,
  ) {
    return settle(async () => {
      refuseIf([...checkCallLocator(call, ['call']), ...checkCallLocator(duplicate, ['duplicate'])]);
      const [target, other] = [toCallTarget(call, ['call']), toCallTarget(duplicate, ['duplicate'])];
      return { call: await services.intake.joinCalls(viewer, target, other) };
    });
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
