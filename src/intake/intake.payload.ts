import { Field, ID, ObjectType } from 'type-graphql';
import { Call } from '../calls/call.type.js';
import { UserError } from '../graphql/user-error.type.js';

@ObjectType({
  simpleResolvers: true,
  description: 'The result of upsertCall, and of each item of upsertCalls.',
})
export class UpsertCallPayload {
  @Field(() => Call, { nullable: true, description: 'The call as it is now; null on refusal.' })
  call?: Call | null;

  @Field(() => Boolean, { description: 'Whether the call was new.' })
  created!: boolean;

  @Field(() => [UserError], { description: 'Why nothing was written; empty on success.' })
  errors!: UserError[];
}

@ObjectType({ simpleResolvers: true, description: 'The result of updateCall.' })
export class UpdateCallPayload {
  @Field(() => Call, {
    nullable: true,
    description: 'The call as it is now; also returned with REVISION_CONFLICT. Null on any other refusal.',
  })
  call?: Call | null;

  @Field(() => [UserError], { description: 'Why nothing was written; empty on success.' })
  errors!: UserError[];
}

@ObjectType({ simpleResolvers: true, description: 'The result of joinCalls.' })
export class JoinCallsPayload {
  @Field(() => Call, {
    nullable: true,
    description:
      'The call as it is now; also returned with ALREADY_EXISTS, and if both are already one call.',
  })
  call?: Call | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The id of the record that is no more: drop it from lists. Null on refusal.',
  })
  duplicateId?: string | null;

  @Field(() => [UserError], { description: 'Why nothing was written; empty on success.' })
  errors!: UserError[];
}
