import {
  Arg,
  Args,
  Authorized,
  Ctx,
  FieldResolver,
  ID,
  Int,
  Mutation,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { Call } from '../calls/call.type.js';
import { emptyIfErased } from '../calls/empty-call.js';
import { whenSearchable } from '../calls/filter/search.checks.js';
import { refuseIf } from '../foundation/refusal.js';
import { badInputIf, uuidArgument } from '../graphql/bad-input.js';
import { PageArgs, parsePage, toConnection } from '../graphql/connection.js';
import type { Context } from '../graphql/context.js';
import { settle } from '../graphql/errors.js';
import { atLeast } from '../graphql/input-checks.js';
import type { Nothing, Only } from '../graphql/only.js';
import { settleBatch } from '../graphql/settle-batch.js';
import type { Scope } from '../identity/identity.enums.js';
import { PatchVoiceCallItem } from './patch-voice-calls.input.js';
import { PatchVoiceCallInput, UpdateVoiceCallInput } from './update-voice-call.input.js';
import {
  checkVoiceCall,
  checkVoiceCallPatch,
  toVoiceCall,
  toVoiceCallPatch,
  toVoiceCallTarget,
} from './voice-call.checks.js';
import { VoiceCallLocator } from './voice-call.input.js';
import {
  PatchVoiceCallPayload,
  UpdateVoiceCallPayload,
  VoiceCall,
  VoiceCallConnection,
} from './voice-call.type.js';
import { voiceCallCursors } from './voice-call-cursors.checks.js';
import { checkVoiceCallFilter, toVoiceCallFilter, VoiceCallFilterInput } from './voice-call-filter.input.js';
import { VoiceCallOrderInput } from './voice-call-order.input.js';
import type { VoiceCallPatch, VoiceCallReplacement } from './voice-call-values.js';

const NEWEST_FIRST = { field: 'CREATED_AT', direction: 'DESC' } as const;
const WHICH = 'The voice call, by its id or by its call.';
const REVISION =
  "The voice call's revision that the change is based on; REVISION_CONFLICT if the current one differs. Omitted or null: any revision.";

@Resolver(() => VoiceCall)
export class VoiceCallResolver {
  @Authorized<Scope>('CALLS_READ')
  @Query(() => VoiceCall, {
    nullable: true,
    description:
      'A voice call by its id; null if unknown. A malformed id, or an id of another type, is BAD_USER_INPUT. E.g. `{ voiceCall(id: "voice_call_…") { status staffUid call { id } } }`.',
  })
  voiceCall(
    @Arg('id', () => ID, {
      description: "The voice call's id, e.g. `voice_call_01h2xcejqtf2nbrexx3vqjhp41`.",
    })
    id: string,
    @Ctx() { reads: { loaders } }: Context,
  ) {
    return loaders.voiceCallById.load(uuidArgument('voice_call', id, 'id'));
  }

  @Authorized<Scope>('CALLS_READ')
  @Query(() => VoiceCallConnection, {
    nullable: true,
    description:
      "The organization's voice calls, by default newest first; at most 200 per page, 50 if neither first nor last is given. E.g. `{ voiceCalls(filter: { status: [MISSED] }) { nodes { id fromNumber staffUid } totalCount } }`.",
  })
  voiceCalls(
    @Arg('filter', () => VoiceCallFilterInput, {
      nullable: true,
      description: 'Which voice calls to return; all if omitted.',
    })
    given: VoiceCallFilterInput | null,
    @Arg('orderBy', () => VoiceCallOrderInput, {
      nullable: true,
      description: 'The order; CREATED_AT, newest first, if omitted.',
    })
    order: VoiceCallOrderInput | null,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { services, viewer }: Context,
  ) {
    badInputIf(checkVoiceCallFilter(given, ['filter']));
    const filter = toVoiceCallFilter(given);
    const list = { filter, order: order ?? NEWEST_FIRST };
    const { cursorOf, position } = voiceCallCursors(list);
    const page = parsePage(args, position);
    const { search } = filter;
    return whenSearchable(search === undefined ? {} : { search }, services.calls, viewer, () =>
      toConnection(
        () => services.voiceCallFinder.page(viewer, list, page),
        cursorOf,
        () => services.voiceCallFinder.count(viewer, filter),
      ),
    );
  }

  @FieldResolver(() => Call, { description: 'The call of this record.' })
  call(
    @Root() { callId, organizationId }: { callId: string; organizationId: string },
    @Ctx() { reads: { loaders } }: Context,
  ) {
    return emptyIfErased(loaders.callById.load(callId), organizationId, callId);
  }

  @Authorized<Scope>('VOICE_CALLS_WRITE')
  @Mutation(() => UpdateVoiceCallPayload, {
    nullable: true,
    description:
      "Replaces the whole record; handledByStaffUid becomes null if omitted. Also updates the call's status, direction, numbers and duration, but not its metadata. A changed sourceId or externalUuid is added to the call's references and the old one stays; REFERENCE_CONFLICT if it belongs to another call.",
  })
  updateVoiceCall(
    @Arg('voiceCall', () => VoiceCallLocator, { description: WHICH }) locator: VoiceCallLocator,
    @Arg('input', () => UpdateVoiceCallInput, { description: 'The complete new record.' })
    input: UpdateVoiceCallInput,
    @Arg('expectedRevision', () => Int, { nullable: true, description: REVISION }) expected: number | null,
    @Ctx() { services, viewer }: Context,
  ) {
    return settle(async () => {
      input satisfies Only<UpdateVoiceCallInput, VoiceCallReplacement>;
      refuseIf([...checkVoiceCall(input, ['input']), ...atLeast(0, expected, ['expectedRevision'])]);
      const target = toVoiceCallTarget(locator, ['voiceCall']);
      return {
        voiceCall: await services.voiceCalls.update(viewer, target, toVoiceCall(input), expected ?? null),
      };
    });
  }

  @Authorized<Scope>('VOICE_CALLS_WRITE')
  @Mutation(() => PatchVoiceCallPayload, {
    nullable: true,
    description:
      'Changes the given fields, e.g. MISSED to MISSED_CALL_HANDLED with `{ status: MISSED_CALL_HANDLED, handledByStaffUid: "…" }`; also updates the call accordingly.',
  })
  patchVoiceCall(
    @Arg('voiceCall', () => VoiceCallLocator, { description: WHICH }) locator: VoiceCallLocator,
    @Arg('input', () => PatchVoiceCallInput, { description: 'The fields to change.' })
    input: PatchVoiceCallInput,
    @Arg('expectedRevision', () => Int, { nullable: true, description: REVISION }) expected: number | null,
    @Ctx() { services, viewer }: Context,
  ) {
    return settle(async () => {
      input satisfies Only<PatchVoiceCallInput, VoiceCallPatch>;
      refuseIf([...checkVoiceCallPatch(input, ['input']), ...atLeast(0, expected, ['expectedRevision'])]);
      const target = toVoiceCallTarget(locator, ['voiceCall']);
      return {
        voiceCall: await services.voiceCalls.patch(viewer, target, toVoiceCallPatch(input), expected ?? null),
      };
    });
  }

  @Authorized<Scope>('VOICE_CALLS_WRITE')
  @Mutation(() => [PatchVoiceCallPayload], {
    nullable: true,
    description:
      "Patches at most 500 voice calls in order, each as patchVoiceCall does. Every item succeeds or fails on its own; paths of its errors begin with items and its index. A value that is invalid for its scalar or enum fails the whole request (BAD_USER_INPUT, with the index of the item), and so does a STAFF key's patch of a record that is not its own (FORBIDDEN).",
  })
  patchVoiceCalls(
    @Arg('items', () => [PatchVoiceCallItem], { description: 'The patches: at most 500.' })
    items: PatchVoiceCallItem[],
    @Ctx() { services, viewer }: Context,
  ) {
    const check = ({ voiceCall, input, expectedRevision, ...rest }: PatchVoiceCallItem, path: string[]) => {
      rest satisfies Only<typeof rest, Nothing>;
      const at = (name: string) => [...path, name];
      refuseIf([
        ...checkVoiceCallPatch(input, at('input')),
        ...atLeast(0, expectedRevision, at('expectedRevision')),
      ]);
      const target = toVoiceCallTarget(voiceCall, at('voiceCall'));
      return { target, patch: toVoiceCallPatch(input), expectedRevision: expectedRevision ?? null, path };
    };
    return settleBatch(viewer.account.key, 'items', items, check, (patches) =>
      services.voiceCalls.patchAll(viewer, patches),
    );
  }
}
