import { Field, ObjectType } from 'type-graphql';
import { Call } from '../calls/call.type.js';
import { UserError } from '../graphql/user-error.type.js';

@ObjectType({
  simpleResolvers: true,
  description: 'The result of mergeCallMetadata, and of each item of mergeCallsMetadata.',
})
export class MergeCallMetadataPayload {
  @Field(() => Call, {
    nullable: true,
    description: 'The call as it is now; also returned with REVISION_CONFLICT. Null on any other refusal.',
  })
  call?: Call | null;

  @Field(() => [UserError], { description: 'Why nothing was written; empty on success.' })
  errors!: UserError[];
}
