import { Arg, Args, Authorized, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Call } from '../../calls/call.type.js';
import { emptyIfErased } from '../../calls/empty-call.js';
import { CallChange } from '../../changes/call-change.type.js';
import { badInputIf } from '../../graphql/bad-input.js';
import { PageArgs, parsePage, toConnection } from '../../graphql/connection.js';
import type { Context } from '../../graphql/context.js';
import { encodeCursor, listKind, uuidPosition } from '../../graphql/cursor.js';
import { settle } from '../../graphql/errors.js';
import type { Scope } from '../../identity/identity.enums.js';
import { VendorAccount } from '../account/vendor-account.type.js';
import { DeliveriesPayload } from './delivery.payload.js';
import type { ShownDelivery } from './delivery.queries.js';
import type { DeliveryTarget } from './delivery.service.js';
import { Delivery, DeliveryConnection } from './delivery.type.js';
import { checkDeliveryFilter, DeliveryFilterInput, toDeliveryFilter } from './delivery-filter.input.js';
import { toDeliveryTargets } from './delivery-ids.checks.js';

const IDS =
  'The ids, at most 500. A malformed one, or one of another type, is INVALID, an unknown one NOT_FOUND.';

@Resolver(() => Delivery)
export class DeliveryResolver {
  @Authorized<Scope>('ADMIN')
  @Query(() => DeliveryConnection, {
    nullable: true,
    description:
      "The organization's deliveries, newest first; at most 200 per page, 50 if neither first nor last is given. An event that belongs to no call yet is not among them. Requires ADMIN. E.g. `{ deliveries(filter: { state: [DEAD] }) { nodes { id kind lastError call { id } } totalCount } }`.",
  })
  deliveries(
    @Arg('filter', () => DeliveryFilterInput, {
      nullable: true,
      description: 'Which deliveries to return; all if omitted.',
    })
    given: DeliveryFilterInput | null,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { reads: { loaders }, services, viewer }: Context,
  ) {
    badInputIf(checkDeliveryFilter(given, ['filter']));
    const filter = toDeliveryFilter(given);
    const kind = listKind('deliveries', { ...filter });
    const page = parsePage(args, uuidPosition(kind));
    return toConnection(
      () => loaders.deliveriesPage.load(filter, page),
      ({ id }) => encodeCursor(kind, id),
      () => services.deliveries.count(viewer, filter),
    );
  }

  @Authorized<Scope>('ADMIN')
  @Mutation(() => DeliveriesPayload, {
    nullable: true,
    description:
      'Sends deliveries again that are DEAD, EXPIRED or DISCARDED: they become PENDING, with no tries. All or none. One whose call has an open delivery of the same kind, or a newer flow or hang-up, becomes SUPERSEDED instead, and the open one carries its metadata too. One in another state, being sent right now, or of a deleted account is INVALID. E.g. `mutation { replayDeliveries(ids: ["delivery_…"]) { deliveries { id state } errors { code path } } }`.',
  })
  replayDeliveries(
    @Arg('ids', () => [ID], { description: IDS }) ids: string[],
    @Ctx() context: Context,
  ): Promise<object> {
    return changed(ids, context, (targets) => context.services.deliveries.replay(context.viewer, targets));
  }

  @Authorized<Scope>('ADMIN')
  @Mutation(() => DeliveriesPayload, {
    nullable: true,
    description:
      'Gives deliveries up that are PENDING, RETRYING, INCOMPLETE, DEAD or EXPIRED: they become DISCARDED. All or none. A request to the vendor that is under way is not cut off: if the vendor takes it, the delivery becomes DELIVERED after all. One in another state is INVALID.',
  })
  discardDeliveries(
    @Arg('ids', () => [ID], { description: IDS }) ids: string[],
    @Ctx() context: Context,
  ): Promise<object> {
    return changed(ids, context, (targets) => context.services.deliveries.discard(context.viewer, targets));
  }

  @FieldResolver(() => VendorAccount, {
    description: 'Where it goes, also if that account was deleted since.',
  })
  account(@Root() { accountId }: ShownDelivery, @Ctx() { reads: { loaders } }: Context) {
    return loaders.vendorAccountById.load(accountId);
  }

  @FieldResolver(() => Call, { description: 'The call that it is about.' })
  call(@Root() { callId }: ShownDelivery, @Ctx() { reads: { loaders }, viewer }: Context) {
    return emptyIfErased(loaders.callById.load(callId), viewer.organization.id, callId);
  }

  @FieldResolver(() => CallChange, {
    nullable: true,
    description: 'The newest change that it carries.',
  })
  change(@Root() { changeId }: ShownDelivery, @Ctx() { reads: { loaders } }: Context) {
    return changeId === null ? null : loaders.changeById.load(changeId);
  }
}

async function changed(
  ids: string[],
  { reads: { loaders } }: Context,
  change: (targets: DeliveryTarget[]) => Promise<void>,
) {
  const payload = await settle(async () => {
    const targets = toDeliveryTargets(ids);
    await change(targets);
    return { deliveries: await Promise.all(targets.map(({ id }) => loaders.deliveryById.load(id))) };
  });
  return { deliveries: [], ...payload };
}
