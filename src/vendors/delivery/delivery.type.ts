import { Field, Int, ObjectType } from 'type-graphql';
import { ConnectionOf, EdgeOf } from '../../graphql/connection.js';
import { Node } from '../../graphql/node.type.js';
import { DateTime } from '../../graphql/scalars.js';
import type { DeliveryKind, DeliveryState } from './delivery.enums.js';
import { DeliveryKindEnum, DeliveryStateEnum } from './delivery-enums.type.js';

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description:
    'One change on its way to one vendor account: sent at least once, and in order among those of its call and kind.',
})
export class Delivery extends Node {
  @Field(() => DeliveryKindEnum, { description: 'What it carries.' })
  kind!: DeliveryKind;

  @Field(() => DeliveryStateEnum, { description: 'How far it has come.' })
  state!: DeliveryState;

  @Field(() => Int, {
    description: 'How often it was tried since it was written, or since it was last replayed.',
  })
  attempts!: number;

  @Field(() => String, {
    nullable: true,
    description: 'What went wrong at the last try; for DELIVERED_DIFFERENT, what differs. Null otherwise.',
  })
  lastError!: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The vendor's own id of the request, where it names one.",
  })
  vendorRequestId!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When the last try began; null before the first.' })
  lastAttemptAt!: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description:
      'When it is due; null unless it is PENDING or RETRYING. It may wait longer for what comes before it, or for its account.',
  })
  nextAttemptAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When the vendor had taken it; null until then.' })
  deliveredAt!: Date | null;

  @Field(() => DateTime, { description: 'When it was written, in the transaction of its first change.' })
  createdAt!: Date;
}

@ObjectType({ simpleResolvers: true, description: 'A delivery in a list, with its cursor.' })
export class DeliveryEdge extends EdgeOf(() => Delivery) {}

@ObjectType({ simpleResolvers: true, description: 'A page of deliveries.' })
export class DeliveryConnection extends ConnectionOf(
  () => DeliveryEdge,
  () => Delivery,
) {}
