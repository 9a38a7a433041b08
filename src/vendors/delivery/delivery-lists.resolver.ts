import { Arg, Args, Authorized, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Call } from '../../calls/call.type.js';
import { badInputIf } from '../../graphql/bad-input.js';
import { PageArgs } from '../../graphql/connection.js';
import type { Context } from '../../graphql/context.js';
import { listKind } from '../../graphql/cursor.js';
import { nestedById } from '../../graphql/nested-list.js';
import type { Scope } from '../../identity/identity.enums.js';
import { VendorAccount } from '../account/vendor-account.type.js';
import { DeliveryConnection } from './delivery.type.js';
import { checkDeliveryFilter, DeliveryFilterInput, toDeliveryFilter } from './delivery-filter.input.js';

interface Owner {
  id: string;
}

@Resolver(() => Call)
export class CallDeliveriesResolver {
  @FieldResolver(() => DeliveryConnection, {
    description:
      'What of this call was sent to the vendors, or is to be, newest first. A viewer without ADMIN sees of their accounts only `id`, `system`, `name` and `state`.',
  })
  deliveries(
    @Root() { id }: Owner,
    @Arg('filter', () => DeliveryFilterInput, {
      nullable: true,
      description: 'Which deliveries to return; all if omitted.',
    })
    filter: DeliveryFilterInput | null,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { reads: { loaders } }: Context,
  ) {
    return nested('call', id, filter, args, loaders.deliveriesOfCallPage, loaders.deliveriesOfCallCount);
  }
}

@Resolver(() => VendorAccount)
export class VendorAccountDeliveriesResolver {
  @Authorized<Scope>('ADMIN')
  @FieldResolver(() => DeliveryConnection, {
    description: 'What was sent to it, or is to be, newest first. Requires ADMIN.',
  })
  deliveries(
    @Root() { id }: Owner,
    @Arg('filter', () => DeliveryFilterInput, {
      nullable: true,
      description: 'Which deliveries to return; all if omitted.',
    })
    filter: DeliveryFilterInput | null,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { reads: { loaders } }: Context,
  ) {
    const { deliveriesOfAccountPage, deliveriesOfAccountCount } = loaders;
    return nested('account', id, filter, args, deliveriesOfAccountPage, deliveriesOfAccountCount);
  }
}

type Loaders = Context['reads']['loaders'];

function nested(
  of: 'call' | 'account',
  owner: string,
  given: DeliveryFilterInput | null,
  args: PageArgs,
  pages: Loaders['deliveriesOfCallPage'],
  counts: Loaders['deliveriesOfCallCount'],
) {
  badInputIf(checkDeliveryFilter(given, ['filter']));
  const filter = toDeliveryFilter(given);
  return nestedById(
    listKind(`${of}-deliveries:${owner}`, { ...filter }),
    owner,
    args,
    { load: (key) => pages.load({ owner: key.owner, page: { ...key.page, filter } }) },
    { load: (key) => counts.load({ owner: key, filter }) },
  );
}
