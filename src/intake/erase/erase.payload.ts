import { Field, ID, Int, ObjectType } from 'type-graphql';
import { UserError } from '../../graphql/user-error.type.js';

@ObjectType({ simpleResolvers: true, description: 'The result of eraseCall.' })
export class EraseCallPayload {
  @Field(() => ID, { nullable: true, description: 'The id of the call that is gone; null on refusal.' })
  erasedCallId?: string | null;

  @Field(() => [UserError], { description: 'Why nothing was erased; empty on success.' })
  errors!: UserError[];
}

@ObjectType({ simpleResolvers: true, description: 'The result of eraseCustomer.' })
export class EraseCustomerPayload {
  @Field(() => Int, { description: 'How many calls are gone.' })
  erasedCalls!: number;

  @Field(() => [UserError], {
    description: 'LIMIT_EXCEEDED if calls are left: repeat the request. Empty on success.',
  })
  errors!: UserError[];
}
