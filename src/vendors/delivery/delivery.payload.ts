import { Field, ObjectType } from 'type-graphql';
import { UserError } from '../../graphql/user-error.type.js';
import { Delivery } from './delivery.type.js';

@ObjectType({ simpleResolvers: true, description: 'The result of replayDeliveries and discardDeliveries.' })
export class DeliveriesPayload {
  @Field(() => [Delivery], {
    description: 'The deliveries as they are now, in the order of the ids; empty on refusal.',
  })
  deliveries!: Delivery[];

  @Field(() => [UserError], { description: 'Why nothing was written; empty on success.' })
  errors!: UserError[];
}
