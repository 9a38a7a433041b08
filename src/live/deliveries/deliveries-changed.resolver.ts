import { Arg, Authorized, Resolver, Root, Subscription } from 'type-graphql';
import { toCallTarget } from '../../calls/call.input.js';
import { AwaitedRows } from '../../graphql/awaited-rows.js';
import { badInputIf, notFound } from '../../graphql/bad-input.js';
import type { Context } from '../../graphql/context.js';
import { text } from '../../graphql/text.js';
import type { Scope } from '../../identity/identity.enums.js';
import type { ShownDelivery } from '../../vendors/delivery/delivery.queries.js';
import { Delivery } from '../../vendors/delivery/delivery.type.js';
import {
  checkDeliveryFilter,
  DeliveryFilterInput,
  toDeliveryFilter,
} from '../../vendors/delivery/delivery-filter.input.js';

interface SubscribeOptions {
  args: { filter?: DeliveryFilterInput | null };
  context: Context;
}

@Resolver()
export class DeliveriesChangedResolver {
  @Authorized<Scope>('ADMIN')
  @Subscription(() => Delivery, {
    description: text`
      The organization's deliveries as they are written and change, if the filter finds them then. Only the newest state
      of each is sent: states that follow quickly, and those that a slow client has missed, are passed over. It has no
      cursor: after a cut, read what was missed by deliveries. Requires ADMIN.

      \`\`\`graphql
      subscription { deliveriesChanged(filter: { state: [DEAD] }) { id kind lastError call { id } } }
      \`\`\`
    `,
    async subscribe({ args: { filter: given }, context: { viewer, services } }: SubscribeOptions) {
      badInputIf(checkDeliveryFilter(given, ['filter']));
      const { call: _call, ...filter } = toDeliveryFilter(given);
      if (given?.call == null) return new AwaitedRows({ rows: 'deliveries', interest: filter });
      const target = toCallTarget(given.call, ['filter', 'call']);
      const callId = await notFound(services.live.recordOf(viewer, target));
      return new AwaitedRows({ rows: 'deliveries', interest: { ...filter, callId } });
    },
  })
  deliveriesChanged(
    @Root() delivery: ShownDelivery,
    @Arg('filter', () => DeliveryFilterInput, {
      nullable: true,
      description: 'Which deliveries; all if left out.',
    })
    _filter: DeliveryFilterInput | null,
  ): Delivery {
    return delivery;
  }
}
