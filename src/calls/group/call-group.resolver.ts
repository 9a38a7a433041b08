import { Arg, Args, Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { badInputIf } from '../../graphql/bad-input.js';
import { PageArgs } from '../../graphql/connection.js';
import type { Context } from '../../graphql/context.js';
import { checkStrings } from '../../graphql/input-checks.js';
import { nestedById } from '../../graphql/nested-list.js';
import type { Scope } from '../../identity/identity.enums.js';
import { checkGroup } from '../call.input.js';
import { CallConnection } from '../call.type.js';
import { CallFilterInput } from '../filter/call-filter.input.js';
import { CallOrderInput } from '../filter/call-order.input.js';
import { nestedCalls } from '../nested-calls.resolver.js';
import { CallGroup, CallGroupInput } from './call-group.type.js';

@Resolver(() => CallGroup)
export class CallGroupResolver {
  @Authorized<Scope>('CALLS_READ')
  @Query(() => CallGroup, {
    nullable: true,
    description:
      'A group by its kind and key; null if unknown. E.g. `{ callGroup(group: { kind: "case", key: "4711" }) { calls { nodes { id status } } } }`.',
  })
  callGroup(
    @Arg('group', () => CallGroupInput, { description: 'The group.' }) group: CallGroupInput,
    @Ctx() { services, viewer }: Context,
  ) {
    badInputIf([...checkStrings({ group }, []), ...checkGroup(group, ['group'])]);
    return services.calls.group(viewer, group);
  }

  @FieldResolver(() => CallConnection, { description: 'The calls in the group, by default newest first.' })
  calls(
    @Root() { id }: CallGroup,
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
    const { loaders } = context.reads;
    if (filter == null && order == null) {
      return nestedById(`group-calls:${id}`, id, args, loaders.callsOfGroupPage, loaders.callsOfGroupCount);
    }
    const list = { name: `group-calls:${id}`, owner: id, filter, order, args };
    return nestedCalls(list, loaders.filteredCallsOfGroupPage, loaders.filteredCallsOfGroupCount, context);
  }
}
