import { Arg, Args, Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { CallConnection } from '../calls/call.type.js';
import { CallGroup } from '../calls/call-group.type.js';
import { CallReference } from '../calls/call-reference.type.js';
import type { CallEventRow } from '../db/tables/call-events.js';
import { badInputIf } from '../graphql/bad-input.js';
import { PageArgs, parsePage, toConnection } from '../graphql/connection.js';
import type { Context } from '../graphql/context.js';
import { encodeCursor, listKind, uuidPosition } from '../graphql/cursor.js';
import { nestedById } from '../graphql/nested-list.js';
import { demandNodeScope } from '../graphql/node-scopes.js';
import type { Scope } from '../identity/viewer.js';
import { CallEvent, CallEventConnection } from './call-event.type.js';
import { CallEventFilter, checkCallEventFilter, toCallEventFilter } from './call-event-filter.input.js';
import { MatchRule } from './match-rule.type.js';

@Resolver(() => CallEvent)
export class CallEventResolver {
  @Authorized<Scope>('CALLS_READ')
  @Query(() => CallEventConnection, {
    nullable: true,
    description:
      "The organization's events, newest first; at most 200 a page, 50 if neither first nor last is given. E.g. `{ callEvents(filter: { match: [PENDING] }) { nodes { id eventTime metadata } totalCount } }`.",
  })
  callEvents(
    @Arg('filter', () => CallEventFilter, { nullable: true, description: 'Which events; all if left out.' })
    given: CallEventFilter | null,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { loaders, services, viewer }: Context,
  ) {
    badInputIf(checkCallEventFilter(given, ['filter']));
    const filter = toCallEventFilter(given);
    const kind = listKind('events', { ...filter });
    const page = parsePage(args, uuidPosition(kind));
    return toConnection(
      () => loaders.callEventsPage.load(filter, page),
      ({ id }) => encodeCursor(kind, id),
      () => services.callEventFinder.count(viewer, filter),
    );
  }

  @FieldResolver(() => CallReference, {
    nullable: true,
    description: 'The reference that it named, and waits for while no call has it; null where it named none.',
  })
  reference(@Root() event: CallEventRow) {
    const { target, referenceSystem: system, referenceName: name, referenceValue: value } = event;
    return target === 'CALL' && system !== null ? { system, name, value } : null;
  }

  @FieldResolver(() => CallGroup, {
    nullable: true,
    description: 'The group that it named, whose calls it is applied to; null where it named none.',
  })
  group(@Root() event: CallEventRow, @Ctx() { loaders }: Context) {
    return event.groupId === null ? null : loaders.groupById.load(event.groupId);
  }

  @FieldResolver(() => CallConnection, { description: 'The calls that it was applied to, newest first.' })
  calls(@Root() { id }: CallEventRow, @Args(() => PageArgs) args: PageArgs, @Ctx() { loaders }: Context) {
    return nestedById(`event-calls:${id}`, id, args, loaders.callsOfEventPage, loaders.callsOfEventCount);
  }

  @FieldResolver(() => CallConnection, {
    description:
      'The calls whose metadata it would have taken past its limit, newest first: it does not count in them.',
  })
  tooLargeFor(
    @Root() { id }: CallEventRow,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { loaders }: Context,
  ) {
    const { callsOfRefusalPage, callsOfRefusalCount } = loaders;
    return nestedById(`refusal-calls:${id}`, id, args, callsOfRefusalPage, callsOfRefusalCount);
  }

  @FieldResolver(() => MatchRule, {
    nullable: true,
    description:
      'The match rule that found its call, also when the rule was deleted meanwhile; null where none did. Where one did, it needs ADMIN, as matchRules does.',
  })
  matchedBy(@Root() event: CallEventRow, @Ctx() { loaders, viewer }: Context) {
    if (event.matchedBy === null) return null;
    demandNodeScope(viewer, 'match_rule');
    return loaders.matchRuleById.load(event.matchedBy);
  }
}
