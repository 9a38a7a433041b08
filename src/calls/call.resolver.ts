import { Arg, Args, Authorized, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { CallFlow, CallFlowConnection } from '../call-flows/call-flow.type.js';
import { CallChangeConnection } from '../changes/call-change.type.js';
import {
  CallChangeFilterInput,
  checkCallChangeFilter,
  toCallChangeFilter,
} from '../changes/call-change-filter.input.js';
import { CallCheckpoint } from '../changes/call-checkpoint.type.js';
import type { ShownCall } from '../db/tables/call-columns.js';
import { CallEventConnection } from '../events/call-event.type.js';
import { badInputIf, uuidArgument } from '../graphql/bad-input.js';
import { PageArgs, parsePage, toConnection } from '../graphql/connection.js';
import type { Context } from '../graphql/context.js';
import { encodeCursor, numberPosition } from '../graphql/cursor.js';
import { checkStrings } from '../graphql/input-checks.js';
import { nestedById } from '../graphql/nested-list.js';
import { DateTime } from '../graphql/scalars.js';
import { text } from '../graphql/text.js';
import type { Scope } from '../identity/identity.enums.js';
import { MOST_METADATA_KEYS } from '../metadata/metadata.values.js';
import { VoiceCall } from '../voice-calls/voice-call.type.js';
import { checkReference, toReference } from './call.input.js';
import { Call, CallConnection } from './call.type.js';
import { callCursors } from './filter/call-cursors.checks.js';
import { checkCallFilter, toCallFilter } from './filter/call-filter.checks.js';
import { CallFilterInput } from './filter/call-filter.input.js';
import { NEWEST_FIRST } from './filter/call-filter.values.js';
import { CallOrderInput } from './filter/call-order.input.js';
import { whenSearchable } from './filter/search.checks.js';
import { CallGroup } from './group/call-group.type.js';
import { nestedCalls } from './nested-calls.resolver.js';
import { occurredAt } from './occurred-at.js';
import { CallReference } from './reference/call-reference.type.js';

type CallRoot = Pick<ShownCall, 'id' | 'parentId' | 'startedAt' | 'ringingAt' | 'createdAt'>;

@Resolver(() => Call)
export class CallResolver {
  @Authorized<Scope>('CALLS_READ')
  @Query(() => Call, {
    nullable: true,
    description:
      'A call by its id; null if unknown. A malformed id, or an id of another type, is BAD_USER_INPUT. E.g. `{ call(id: "call_…") { status metadata voiceCall { callSummary } } }`.',
  })
  call(
    @Arg('id', () => ID, { description: "The call's id, e.g. `call_01h2xcejqtf2nbrexx3vqjhp41`." })
    id: string,
    @Ctx() { reads: { loaders } }: Context,
  ) {
    return loaders.callById.load(uuidArgument('call', id, 'id'));
  }

  @Authorized<Scope>('CALLS_READ')
  @Query(() => Call, {
    nullable: true,
    description:
      'A call by a vendor\'s reference; null if unknown. E.g. `{ callByReference(reference: { system: BURKI, name: "id", value: "101" }) { id status } }`.',
  })
  callByReference(
    @Arg('reference', () => CallReference, { description: "Any one of the call's references." })
    reference: CallReference,
    @Ctx() { reads: { loaders } }: Context,
  ) {
    badInputIf([...checkStrings({ reference }, []), ...checkReference(reference, ['reference'])]);
    return loaders.callByReference.load(toReference(reference));
  }

  @Authorized<Scope>('CALLS_READ')
  @Query(() => CallConnection, {
    nullable: true,
    description: text`
      The organization's calls, by default newest first; at most 200 per page, 50 if neither first nor last is given.
      A cursor is valid only for the filter and order that it was issued for.

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
    @Arg('filter', () => CallFilterInput, {
      nullable: true,
      description: 'Which calls to return; all if omitted.',
    })
    filter: CallFilterInput | null,
    @Arg('orderBy', () => CallOrderInput, {
      nullable: true,
      description: 'The order; CREATED_AT, newest first, if omitted.',
    })
    order: CallOrderInput | null,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { reads: { loaders }, services, viewer }: Context,
  ) {
    badInputIf(checkCallFilter(filter, ['filter'], services.limits));
    const list = { filter: toCallFilter(filter), order: order ?? NEWEST_FIRST };
    const { cursorOf, position } = callCursors(list);
    const page = parsePage(args, position);
    return whenSearchable(list.filter, services.calls, viewer, () =>
      toConnection(
        () => loaders.callsPage.load(list, page),
        cursorOf,
        () => services.calls.count(viewer, list.filter),
      ),
    );
  }

  /** Declares the argument; `keepMetadataKeys` resolves the field. */
  @FieldResolver()
  metadata(
    @Root() call: Call,
    @Arg('keys', () => [String], {
      nullable: true,
      description: `Only the members with these keys, at most ${MOST_METADATA_KEYS}; a key that it does not have is left out. All members if omitted or null.`,
    })
    _keys: string[] | null,
  ) {
    return call.metadata;
  }

  @FieldResolver(() => [CallReference], {
    description: 'All references of the call, in the order in which they were added.',
  })
  references(@Root() call: CallRoot, @Ctx() { reads: { loaders } }: Context) {
    return loaders.referencesByCallId.load(call.id);
  }

  @FieldResolver(() => Call, {
    nullable: true,
    description:
      'The call that this one came from, e.g. by a transfer or bridge (Bird: `parentId`); null if there is none, or if only its reference is known yet.',
  })
  parent(@Root() call: CallRoot, @Ctx() { reads: { loaders } }: Context) {
    return call.parentId === null ? null : loaders.callById.load(call.parentId);
  }

  @FieldResolver(() => CallConnection, {
    description: 'The calls whose parent this is, by default newest first.',
  })
  children(
    @Root() { id }: CallRoot,
    @Arg('filter', () => CallFilterInput, {
      nullable: true,
      description: 'Which of them to return; all if omitted.',
    })
    filter: CallFilterInput | null,
    @Arg('orderBy', () => CallOrderInput, {
      nullable: true,
      description: 'The order; CREATED_AT, newest first, if omitted.',
    })
    order: CallOrderInput | null,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() context: Context,
  ) {
    const { childrenPage, childrenCount, filteredChildrenPage, filteredChildrenCount } =
      context.reads.loaders;
    if (filter == null && order == null) {
      return nestedById(`children:${id}`, id, args, childrenPage, childrenCount);
    }
    const list = { name: `children:${id}`, owner: id, filter, order, args };
    return nestedCalls(list, filteredChildrenPage, filteredChildrenCount, context);
  }

  @FieldResolver(() => VoiceCall, {
    nullable: true,
    description: 'The business record of the call (vcita); null if there is none.',
  })
  voiceCall(@Root() call: CallRoot, @Ctx() { reads: { loaders } }: Context) {
    return loaders.voiceCallByCallId.load(call.id);
  }

  @FieldResolver(() => CallFlow, { nullable: true, description: 'The active flow; null if there is none.' })
  callFlow(@Root() call: CallRoot, @Ctx() { reads: { loaders } }: Context) {
    return loaders.activeCallFlowByCallId.load(call.id);
  }

  @FieldResolver(() => CallFlowConnection, {
    description: 'All flows of the call, newest first.',
  })
  callFlows(
    @Root() call: CallRoot,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { reads: { loaders } }: Context,
  ) {
    const kind = `flows:${call.id}`;
    const page = parsePage(args, numberPosition(kind));
    return toConnection(
      () => loaders.callFlowsPage.load({ owner: call.id, page }),
      (flow) => encodeCursor(kind, String(flow.revision)),
      () => loaders.callFlowsCount.load(call.id),
    );
  }

  @FieldResolver(() => [CallGroup], { description: 'The groups that the call belongs to.' })
  groups(@Root() call: CallRoot, @Ctx() { reads: { loaders } }: Context) {
    return loaders.groupsByCallId.load(call.id);
  }

  @FieldResolver(() => CallEventConnection, {
    description: 'The events whose metadata was applied to the call, newest first.',
  })
  events(
    @Root() call: CallRoot,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { reads: { loaders } }: Context,
  ) {
    const { eventsOfCallPage, eventsOfCallCount } = loaders;
    return nestedById(`events:${call.id}`, call.id, args, eventsOfCallPage, eventsOfCallCount);
  }

  @FieldResolver(() => CallChangeConnection, {
    description:
      'The changes of the call and of records joined into it, newest first: all that are kept. `checkpoint` says whether older ones are gone. CURSOR_LOST for a cursor where they are.',
  })
  history(
    @Root() call: CallRoot,
    @Arg('filter', () => CallChangeFilterInput, {
      nullable: true,
      description: 'Which of them to return; all if omitted.',
    })
    given: CallChangeFilterInput | null,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { reads: { loaders }, logCursors }: Context,
  ) {
    badInputIf(checkCallChangeFilter(given, ['filter']));
    const filter = toCallChangeFilter(given);
    const page = parsePage(args, logCursors.position);
    return toConnection(
      () => loaders.historyPage.load({ owner: call.id, page: { ...page, filter } }),
      logCursors.of,
      () => loaders.historyCount.load({ owner: call.id, filter }),
    );
  }

  @FieldResolver(() => CallCheckpoint, {
    nullable: true,
    description: 'What is known of changes that the history no longer has; null while it has all.',
  })
  checkpoint(@Root() call: CallRoot, @Ctx() { reads: { loaders } }: Context) {
    return loaders.checkpointOfCall.load(call.id);
  }

  @FieldResolver(() => DateTime, {
    description: 'When it happened: `startedAt`, else `ringingAt`, else `createdAt`.',
  })
  occurredAt(@Root() call: CallRoot) {
    return occurredAt(call);
  }
}
