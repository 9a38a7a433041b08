import { Arg, Args, Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { CallConnection } from '../calls/call.type.js';
import { CallGroup } from '../calls/group/call-group.type.js';
import { CallReference } from '../calls/reference/call-reference.type.js';
import { sliceWithin } from '../foundation/page.js';
import { badInputIf } from '../graphql/bad-input.js';
import { PageArgs, parsePage, toConnection } from '../graphql/connection.js';
import type { Context } from '../graphql/context.js';
import { encodeCursor, listKind, uuidPosition } from '../graphql/cursor.js';
import { nestedById } from '../graphql/nested-list.js';
import { demandNodeScope } from '../graphql/scope-checks.js';
import type { Scope } from '../identity/identity.enums.js';
import type { ShownEvent } from './call-event.queries.js';
import { CallEvent, CallEventConnection } from './call-event.type.js';
import { CallEventFilterInput, checkCallEventFilter, toCallEventFilter } from './call-event-filter.input.js';
import { MatchRule } from './match-rule.type.js';

@Resolver(() => CallEvent)
export class CallEventResolver {
  @Authorized<Scope>('CALLS_READ')
  @Query(() => CallEventConnection, {
    nullable: true,
    description:
      "The organization's events, newest first; at most 200 per page, 50 if neither first nor last is given. E.g. `{ callEvents(filter: { match: [PENDING] }) { nodes { id eventTime metadata } totalCount } }`.",
  })
  callEvents(
    @Arg('filter', () => CallEventFilterInput, {
      nullable: true,
      description: 'Which events to return; all if omitted.',
    })
    given: CallEventFilterInput | null,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { reads: { loaders }, services, viewer }: Context,
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
    description:
      'The reference that the event named, and waits for while no call has it; null if it named none.',
  })
  reference(@Root() event: ShownEvent) {
    const { target, referenceSystem: system, referenceName: name, referenceValue: value } = event;
    return target === 'CALL' && system !== null ? { system, name, value } : null;
  }

  @FieldResolver(() => CallGroup, {
    nullable: true,
    description: 'The group that the event named and is applied to; null if it named none.',
  })
  group(@Root() event: ShownEvent, @Ctx() { reads: { loaders } }: Context) {
    return event.groupId === null ? null : loaders.groupById.load(event.groupId);
  }

  @FieldResolver(() => CallConnection, {
    description: 'The calls that the event was applied to, newest first.',
  })
  calls(
    @Root() { id }: ShownEvent,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { reads: { loaders } }: Context,
  ) {
    return nestedById(`event-calls:${id}`, id, args, loaders.callsOfEventPage, loaders.callsOfEventCount);
  }

  @FieldResolver(() => CallConnection, {
    description:
      'The calls that it was not applied to because their metadata would exceed the limit, newest first.',
  })
  tooLargeFor(
    @Root() { id }: ShownEvent,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { reads: { loaders } }: Context,
  ) {
    const { callsOfRefusalPage, callsOfRefusalCount } = loaders;
    return nestedById(`refusal-calls:${id}`, id, args, callsOfRefusalPage, callsOfRefusalCount);
  }

  @FieldResolver(() => CallConnection, {
    description:
      'For AMBIGUOUS: the calls among which a person must decide, as `decidedBy` finds them now, newest first. Otherwise empty.',
  })
  candidates(
    @Root() { id, match }: ShownEvent,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { reads: { loaders } }: Context,
  ) {
    const kind = `event-candidates:${id}`;
    const page = parsePage(args, uuidPosition(kind));
    const found = async () => (match === 'AMBIGUOUS' ? loaders.candidatesByEventId.load(id) : []);
    return toConnection(
      async () => {
        const slice = sliceWithin(
          (await found()).map(({ call }) => call),
          page,
        );
        const calls = await Promise.all(slice.rows.map((call) => loaders.callById.load(call)));
        return { ...slice, rows: calls.filter((call) => call !== null) };
      },
      (call) => encodeCursor(kind, call.id),
      async () => ({ count: (await found()).length, isEstimate: false }),
    );
  }

  @FieldResolver(() => MatchRule, {
    nullable: true,
    description:
      'For AMBIGUOUS: the match rule that finds the candidates; null if none does any more. Otherwise null. Reading a rule requires ADMIN, like matchRules.',
  })
  async decidedBy(@Root() { id, match }: ShownEvent, @Ctx() { reads: { loaders }, viewer }: Context) {
    const [first] = match === 'AMBIGUOUS' ? await loaders.candidatesByEventId.load(id) : [];
    if (first === undefined) return null;
    demandNodeScope(viewer, 'match_rule');
    return loaders.matchRuleById.load(first.rule);
  }

  @FieldResolver(() => MatchRule, {
    nullable: true,
    description:
      'The match rule that found the call, even if deleted since; null if no rule did. Reading a rule requires ADMIN, like matchRules.',
  })
  matchedBy(@Root() event: ShownEvent, @Ctx() { reads: { loaders }, viewer }: Context) {
    if (event.matchedBy === null) return null;
    demandNodeScope(viewer, 'match_rule');
    return loaders.matchRuleById.load(event.matchedBy);
  }
}
