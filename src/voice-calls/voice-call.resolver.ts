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
import { badInputIf, uuidArgument } from '../graphql/bad-input.js';
import { PageArgs, parsePage, toConnection } from '../graphql/connection.js';
import type { Context } from '../graphql/context.js';
import { encodeCursor, listKind, uuidPosition } from '../graphql/cursor.js';
import { settle } from '../graphql/errors.js';
import { atLeast } from '../graphql/input-checks.js';
import type { Scope } from '../identity/viewer.js';
import { refuseIf } from '../refusal.js';
import { PatchVoiceCallInput, UpdateVoiceCallInput } from './update-voice-call.input.js';
import {
  checkVoiceCall,
  checkVoiceCallPatch,
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
import { checkVoiceCallFilter, toVoiceCallFilter, VoiceCallFilter } from './voice-call-filter.input.js';

const WHICH = 'The voice call, by its id or by its call.';
const REVISION =
  "The voice call's revision that the change is based on; REVISION_CONFLICT if it has another by now. Left out or null: whatever it is.";

@Resolver(() => VoiceCall)
export class VoiceCallResolver {
  @Authorized<Scope>('CALLS_READ')
  @Query(() => VoiceCall, {
    nullable: true,
    description:
      'A voice call by its id; null if it is unknown. A malformed id, or one of another type, is BAD_USER_INPUT. E.g. `{ voiceCall(id: "voice_call_…") { status staffUid call { id } } }`.',
  })
  voiceCall(
    @Arg('id', () => ID, {
      description: "The voice call's id, e.g. `voice_call_01h2xcejqtf2nbrexx3vqjhp41`.",
    })
    id: string,
    @Ctx() { loaders }: Context,
  ) {
    return loaders.voiceCallById.load(uuidArgument('voice_call', id, 'id'));
  }

  @Authorized<Scope>('CALLS_READ')
  @Query(() => VoiceCallConnection, {
    nullable: true,
    description:
      "The organization's voice calls, newest first; at most 200 a page, 50 if neither first nor last is given. E.g. `{ voiceCalls(filter: { status: [MISSED] }) { nodes { id fromNumber staffUid } totalCount } }`.",
  })
  voiceCalls(
    @Arg('filter', () => VoiceCallFilter, { nullable: true, description: 'Which of them; all if left out.' })
    given: VoiceCallFilter | null,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { services, viewer }: Context,
  ) {
    badInputIf(checkVoiceCallFilter(given, ['filter']));
    const filter = toVoiceCallFilter(given);
    const kind = listKind('voice-calls', { ...filter });
    const page = parsePage(args, uuidPosition(kind));
    return toConnection(
      () => services.voiceCallFinder.page(viewer, filter, page),
      ({ id }) => encodeCursor(kind, id),
      () => services.voiceCallFinder.count(viewer, filter),
    );
  }

  @FieldResolver(() => Call, { description: 'The call that it is the record of.' })
  call(@Root() voiceCall: { callId: string }, @Ctx() { loaders }: Context) {
    return loaders.callById.load(voiceCall.callId);
  }

  @Authorized<Scope>('VOICE_CALLS_WRITE')
  @Mutation(() => UpdateVoiceCallPayload, {
    nullable: true,
    description:
      "Replaces the whole record: handledByStaffUid left out becomes null. The call's status, direction, numbers and duration follow; its metadata does not change, but that events which waited for what it brings are let in. A changed sourceId or externalUuid is added to the references, the old ones stay; REFERENCE_CONFLICT when it is another call's.",
  })
  updateVoiceCall(
    @Arg('voiceCall', () => VoiceCallLocator, { description: WHICH }) locator: VoiceCallLocator,
    @Arg('input', () => UpdateVoiceCallInput, { description: 'The record anew.' })
    input: UpdateVoiceCallInput,
    @Arg('expectedRevision', () => Int, { nullable: true, description: REVISION }) expected: number | null,
    @Ctx() { services, viewer }: Context,
  ) {
    return settle(async () => {
      refuseIf([...checkVoiceCall(input, ['input']), ...atLeast(0, expected, ['expectedRevision'])]);
      const target = toVoiceCallTarget(locator, ['voiceCall']);
      return { voiceCall: await services.voiceCalls.update(viewer, target, input, expected ?? null) };
    });
  }

  @Authorized<Scope>('VOICE_CALLS_WRITE')
  @Mutation(() => PatchVoiceCallPayload, {
    nullable: true,
    description:
      'Changes what is given, e.g. MISSED to MISSED_CALL_HANDLED with `{ status: MISSED_CALL_HANDLED, handledByStaffUid: "…" }`; the call follows in what was given.',
  })
  patchVoiceCall(
    @Arg('voiceCall', () => VoiceCallLocator, { description: WHICH }) locator: VoiceCallLocator,
    @Arg('input', () => PatchVoiceCallInput, { description: 'What is to change.' })
    input: PatchVoiceCallInput,
    @Arg('expectedRevision', () => Int, { nullable: true, description: REVISION }) expected: number | null,
    @Ctx() { services, viewer }: Context,
  ) {
    return settle(async () => {
      refuseIf([...checkVoiceCallPatch(input, ['input']), ...atLeast(0, expected, ['expectedRevision'])]);
      const target = toVoiceCallTarget(locator, ['voiceCall']);
      return {
        voiceCall: await services.voiceCalls.patch(viewer, target, toVoiceCallPatch(input), expected ?? null),
      };
    });
  }
}
