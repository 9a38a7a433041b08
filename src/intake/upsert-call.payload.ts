import { Field, ObjectType } from 'type-graphql';
import { Call } from '../calls/call.type.js';
import { UserError } from '../graphql/user-error.type.js';

@ObjectType({ simpleResolvers: true, description: 'What upsertCall answers.' })
export class UpsertCallPayload {
  @Field(() => Call, { nullable: true, description: 'The call as it is now; null on refusal.' })
  call?: Call | null;

  @Field(() => Boolean, { description: 'Whether the call was new.' })
  created!: boolean;

  @Field(() => [UserError], { description: 'Why nothing was written; empty on success.' })
  errors!: UserError[];
}
