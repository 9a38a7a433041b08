import { Arg, Args, Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { badInputIf } from '../../graphql/bad-input.js';
import { PageArgs } from '../../graphql/connection.js';
import type { Context } from '../../graphql/context.js';
import { checkStrings } from '../../graphql/input-checks.js';
import { nestedById } from '../../graphql/nested-list.js';
import type { Scope } from '../../identity/identity.enums.js';
import { checkGroup } from '../call.input.js';
import { CallConnection } from '../call.type.js';
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

  @FieldResolver(() => CallConnection, { description: 'The calls in the group, newest first.' })
  calls(
    @Root() { id }: CallGroup,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { reads: { loaders } }: Context,
  ) {
    return nestedById(`group-calls:${id}`, id, args, loaders.callsOfGroupPage, loaders.callsOfGroupCount);
  }
}
