import { Arg, Args, Authorized, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { CallFlow, CallFlowConnection } from '../call-flows/call-flow.type.js';
import { CallChangeConnection } from '../changes/call-change.type.js';
import { CallEventConnection } from '../events/call-event.type.js';
import { badInputIf, uuidArgument } from '../graphql/bad-input.js';
import { PageArgs, parsePage, toConnection } from '../graphql/connection.js';
import type { Context } from '../graphql/context.js';
import { encodeCursor, numberPosition } from '../graphql/cursor.js';
import { checkStrings } from '../graphql/input-checks.js';
import { nestedById } from '../graphql/nested-list.js';
import { text } from '../graphql/text.js';
import type { Scope } from '../identity/viewer.js';
import { VoiceCall } from '../voice-calls/voice-call.type.js';
import { checkReference } from './call.input.js';
import { Call, CallConnection } from './call.type.js';
import { callCursors } from './call-cursors.checks.js';
import { checkCallFilter, toCallFilter } from './call-filter.checks.js';
import { CallFilter } from './call-filter.input.js';
import { NEWEST_FIRST } from './call-filter.js';
import { CallGroup } from './call-group.type.js';
import { CallOrder } from './call-order.input.js';
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
    @Ctx() { loaders }: Context,
  ) {
    badInputIf([...checkStrings({ reference }, []), ...checkReference(reference, ['reference'])]);
    return loaders.callByReference.load(reference);
  }

  @Authorized<Scope>('CALLS_READ')
  @Query(() => CallConnection, {
    nullable: true,
    description: text`
      The organization's calls, newest first unless ordered otherwise; at most 200 a page, 50 if neither first nor last
      is given. A cursor is good for the filter and order that it was given out under.

      \`\`\`graphql
      {
        calls(filter: { status: [RINGING, IN_PROGRESS], metadata: { hasKeys: ["case"] } }, first: 20) {
          nodes { id from to status }
          pageInfo { hasNextPage endCursor }
        }
      }
      \`\`\`
    `,
  })
  calls(
    @Arg('filter', () => CallFilter, { nullable: true, description: 'Which calls; all if left out.' })
    filter: CallFilter | null,
    @Arg('orderBy', () => CallOrder, {
      nullable: true,
      description: 'Their order; by CREATED_AT, the newest first, if left out.',
    })
    order: CallOrder | null,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { loaders, services, viewer }: Context,
  ) {
    badInputIf(checkCallFilter(filter, ['filter'], services.limits));
    const list = { filter: toCallFilter(filter), order: order ?? NEWEST_FIRST };
    const { cursorOf, position } = callCursors(list);
    const page = parsePage(args, position);
    return toConnection(
      () => loaders.callsPage.load(list, page),
      cursorOf,
      () => services.calls.count(viewer, list.filter),
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

  @FieldResolver(() => CallConnection, {
    description: 'The calls that came from this one, newest first: those whose parent it is.',
  })
  children(@Root() call: CallRoot, @Args(() => PageArgs) args: PageArgs, @Ctx() { loaders }: Context) {
    const { childrenPage, childrenCount } = loaders;
    return nestedById(`children:${call.id}`, call.id, args, childrenPage, childrenCount);
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
  callFlows(@Root() call: CallRoot, @Args(() => PageArgs) args: PageArgs, @Ctx() { loaders }: Context) {
    const kind = `flows:${call.id}`;
    const page = parsePage(args, numberPosition(kind));
    return toConnection(
      () => loaders.callFlowsPage.load({ owner: call.id, page }),
      (flow) => encodeCursor(kind, String(flow.revision)),
      () => loaders.callFlowsCount.load(call.id),
    );
  }

  @FieldResolver(() => [CallGroup], { description: 'The groups that the call belongs to.' })
  groups(@Root() call: CallRoot, @Ctx() { loaders }: Context) {
    return loaders.groupsByCallId.load(call.id);
  }

  @FieldResolver(() => CallEventConnection, {
    description: 'The events whose metadata was applied to it, newest first.',
  })
  events(@Root() call: CallRoot, @Args(() => PageArgs) args: PageArgs, @Ctx() { loaders }: Context) {
    const { eventsOfCallPage, eventsOfCallCount } = loaders;
    return nestedById(`events:${call.id}`, call.id, args, eventsOfCallPage, eventsOfCallCount);
  }

  @FieldResolver(() => CallChangeConnection, {
    description:
      'Everything that happened to the call, newest first; also to the records that were joined into it.',
  })
  history(
    @Root() call: CallRoot,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { loaders, logCursors }: Context,
  ) {
    const page = parsePage(args, logCursors.position);
    return toConnection(
      () => loaders.historyPage.load({ owner: call.id, page }),
      logCursors.of,
      () => loaders.historyCount.load(call.id),
    );
  }
}
