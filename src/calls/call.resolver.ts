import { Arg, Args, Authorized, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { CallFlow, CallFlowConnection } from '../call-flows/call-flow.type.js';
import { CallChangeConnection } from '../changes/call-change.type.js';
import { badInputIf, uuidArgument } from '../graphql/bad-input.js';
import { PageArgs, parsePage, toConnection } from '../graphql/connection.js';
import type { Context } from '../graphql/context.js';
import { encodeCursor, logCursor, logPosition, numberPosition, uuidPosition } from '../graphql/cursor.js';
import { checkStrings } from '../graphql/input-checks.js';
import type { Scope } from '../identity/viewer.js';
import { VoiceCall } from '../voice-calls/voice-call.type.js';
import { checkReference } from './call.input.js';
import { Call, CallConnection } from './call.type.js';
import { CallGroup } from './call-group.type.js';
import { CallReference } from './call-reference.type.js';

/** What a field of Call needs to know of its call. */
interface CallRoot {
  id: string;
  parentId: string | null;
}

@Resolver(() => Call)
export class CallResolver {
  @Authorized<Scope>('CALLS_READ')
  @Query(() => Call, {
    nullable: true,
    description:
      'A call by its id; null if it is unknown. A malformed id, or one of another type, is BAD_USER_INPUT. E.g. `{ call(id: "call_…") { status metadata voiceCall { callSummary } } }`.',
  })
  call(
    @Arg('id', () => ID, { description: "The call's id, e.g. `call_01h2xcejqtf2nbrexx3vqjhp41`." })
    id: string,
    @Ctx() { loaders }: Context,
  ) {
    return loaders.callById.load(uuidArgument('call', id, 'id'));
  }

  @Authorized<Scope>('CALLS_READ')
  @Query(() => Call, {
    nullable: true,
    description:
      'A call by the name that a vendor has for it; null if it is unknown. E.g. `{ callByReference(reference: { system: BURKI, name: "id", value: "101" }) { id status } }`.',
  })
  callByReference(
    @Arg('reference', () => CallReference, { description: "Any one of the call's references." })
    reference: CallReference,
    @Ctx() { services, viewer }: Context,
  ) {
    badInputIf([...checkStrings({ reference }, []), ...checkReference(reference, ['reference'])]);
    return services.calls.byReference(viewer, reference);
  }

  @Authorized<Scope>('CALLS_READ')
  @Query(() => CallConnection, {
    nullable: true,
    description:
      "The organization's calls, newest first; at most 200 a page, 50 if neither first nor last is given. E.g. `{ calls(first: 20) { nodes { id from to status } pageInfo { hasNextPage endCursor } } }`.",
  })
  async calls(@Args(() => PageArgs) args: PageArgs, @Ctx() { services, viewer }: Context) {
    const slice = await services.calls.page(viewer, parsePage(args, uuidPosition('calls')));
    return toConnection(
      slice,
      (call) => encodeCursor('calls', call.id),
      () => services.calls.count(viewer),
    );
  }

  @FieldResolver(() => [CallReference], {
    description: 'All names that outside systems have for the call, in the order in which they came.',
  })
  references(@Root() call: CallRoot, @Ctx() { loaders }: Context) {
    return loaders.referencesByCallId.load(call.id);
  }

  @FieldResolver(() => Call, {
    nullable: true,
    description:
      'The call that this one came from, e.g. by a transfer or bridge (Bird: `parentId`); null without one, and while it is known by a reference only.',
  })
  parent(@Root() call: CallRoot, @Ctx() { loaders }: Context) {
    return call.parentId === null ? null : loaders.callById.load(call.parentId);
  }

  @FieldResolver(() => VoiceCall, {
    nullable: true,
    description: 'The business record of the call (vcita); null without one.',
  })
  voiceCall(@Root() call: CallRoot, @Ctx() { loaders }: Context) {
    return loaders.voiceCallByCallId.load(call.id);
  }

  @FieldResolver(() => CallFlow, { nullable: true, description: 'The flow in force; null without one.' })
  callFlow(@Root() call: CallRoot, @Ctx() { loaders }: Context) {
    return loaders.activeCallFlowByCallId.load(call.id);
  }

  @FieldResolver(() => CallFlowConnection, {
    description: 'Every flow that was ever in force, newest first.',
  })
  async callFlows(@Root() call: CallRoot, @Args(() => PageArgs) args: PageArgs, @Ctx() { loaders }: Context) {
    const kind = `flows:${call.id}`;
    const page = parsePage(args, numberPosition(kind));
    const slice = await loaders.callFlowsPage.load({ callId: call.id, page });
    return toConnection(
      slice,
      (flow) => encodeCursor(kind, String(flow.revision)),
      () => loaders.callFlowsCount.load(call.id),
    );
  }

  @FieldResolver(() => [CallGroup], { description: 'The groups that the call belongs to.' })
  groups(@Root() call: CallRoot, @Ctx() { loaders }: Context) {
    return loaders.groupsByCallId.load(call.id);
  }

  @FieldResolver(() => CallChangeConnection, {
    description: 'Everything that happened to the call, newest first.',
  })
  async history(@Root() call: CallRoot, @Args(() => PageArgs) args: PageArgs, @Ctx() { loaders }: Context) {
    const page = parsePage(args, logPosition);
    const slice = await loaders.historyPage.load({ callId: call.id, page });
    return toConnection(slice, logCursor, () => loaders.historyCount.load(call.id));
  }
}
