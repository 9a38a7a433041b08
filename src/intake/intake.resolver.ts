import { Arg, Authorized, Ctx, Mutation, Resolver } from 'type-graphql';
import { CallLocator, checkCallLocator, toCallTarget } from '../calls/call.input.js';
import { refuseIf } from '../foundation/refusal.js';
import type { Context } from '../graphql/context.js';
import { settle } from '../graphql/errors.js';
import { encodeId } from '../graphql/ids.js';
import type { Only } from '../graphql/only.js';
import { settleBatch } from '../graphql/settle-batch.js';
import { text } from '../graphql/text.js';
import type { Scope } from '../identity/identity.enums.js';
import { checkVoiceCall, toVoiceCall } from '../voice-calls/voice-call.checks.js';
import { CreateVoiceCallInput } from '../voice-calls/voice-call.input.js';
import { CreateVoiceCallPayload } from '../voice-calls/voice-call.type.js';
import type { NewVoiceCall } from '../voice-calls/voice-call-values.js';
import { JoinCallsPayload, UpsertCallPayload } from './intake.payload.js';
import { checkUpsertCall, toUpsertCall } from './upsert/upsert-call.checks.js';
import { UpsertCallInput } from './upsert/upsert-call.input.js';

@Resolver()
export class IntakeResolver {
  @Authorized<Scope>('CALLS_WRITE')
  @Mutation(() => UpsertCallPayload, {
    nullable: true,
    description: text`
      Creates the call, or updates the one that already has any of the given references. Use it for a vendor's webhooks
      and polled lists; it is safe to repeat. References are added, never removed.

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
    @Arg('input', () => UpsertCallInput, { description: 'The data of the call.' }) input: UpsertCallInput,
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
      Upserts at most 500 calls in order, each as upsertCall does. Every item succeeds or fails on its own; paths of its
      errors begin with inputs and its index. A value that is invalid for its scalar or enum fails the whole request
      (BAD_USER_INPUT, with the index of the item). Events that waited for one of the calls are applied after all items.
    `,
  })
  async upsertCalls(
    @Arg('inputs', () => [UpsertCallInput], { description: 'The data of the calls; at most 500 items.' })
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
      Joins two records that turn out to be one real call. The duplicate's references, groups, events, voice call, flows
      and children move to \`call\`, and its values fill empty fields there. A terminal status wins over a live one, tags
      are united, and the metadata is computed from the patches of both. Flows are renumbered in the order in which they
      were acknowledged; the newest is active. History shows the changes of both. From then on the duplicate's id returns
      \`call\`.

      ALREADY_EXISTS if both have a voice call; INVALID if they are already one call, or if the call descends from a child
      of the duplicate; FORBIDDEN for a STAFF key if a voice call is not its own. Joining a record again by its old id is
      no error and changes nothing.
    `,
  })
  joinCalls(
    @Arg('call', () => CallLocator, { description: 'The call that stays.' }) call: CallLocator,
    @Arg('duplicate', () => CallLocator, {
      description: 'The other record of the same call; it is joined into `call`.',
    })
    duplicate: CallLocator,
    @Ctx() { services, viewer }: Context,
  ) {
    return settle(async () => {
      refuseIf([...checkCallLocator(call, ['call']), ...checkCallLocator(duplicate, ['duplicate'])]);
      const [target, other] = [toCallTarget(call, ['call']), toCallTarget(duplicate, ['duplicate'])];
      const joined = await services.intake.joinCalls(viewer, target, other);
      return { ...joined, duplicateId: encodeId('call', joined.duplicateId) };
    });
  }

  @Authorized<Scope>('VOICE_CALLS_WRITE')
  @Mutation(() => CreateVoiceCallPayload, {
    nullable: true,
    description: text`
      Creates the voice call of a call. Without \`call\`, it belongs to the call that has the same uid, sourceId or
      externalUuid, or to a new call.

      uid, sourceId and externalUuid become the call's references (REFERENCE_CONFLICT if one belongs to another call). Also
      sets the call's status, direction, numbers and duration; null is not copied. ALREADY_EXISTS, with the existing
      record, if the call has a voice call: a repeated webhook is harmless.
    `,
  })
  createVoiceCall(
    @Arg('call', () => CallLocator, {
      nullable: true,
      description:
        'The call, by its id or by a reference. If omitted or null, it is found by the ids in the input.',
    })
    call: CallLocator | null,
    @Arg('input', () => CreateVoiceCallInput, { description: 'The new voice call.' })
    input: CreateVoiceCallInput,
    @Ctx() { services, viewer }: Context,
  ) {
    return settle(async () => {
      refuseIf(checkVoiceCall(input, ['input']));
      input satisfies Only<CreateVoiceCallInput, NewVoiceCall>;
      const target = call == null ? null : toCallTarget(call, ['call']);
      return { voiceCall: await services.intake.createVoiceCall(viewer, target, toVoiceCall(input)) };
    });
  }
}
