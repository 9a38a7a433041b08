import { Field, ObjectType } from 'type-graphql';
import { Call } from '../calls/call.type.js';
import { UserError } from '../graphql/user-error.type.js';
import { CallFlow } from './call-flow.type.js';

const ERRORS = 'Why nothing was written; empty on success.';

@ObjectType({ simpleResolvers: true, description: 'The result of replaceCallFlow.' })
export class ReplaceCallFlowPayload {
  @Field(() => CallFlow, {
    nullable: true,
    description:
      'The new flow, or the current state of the one created with the idempotencyKey (also if the key is INVALID for other commands). With REVISION_CONFLICT and CALL_ENDED: the active flow.',
  })
  callFlow?: CallFlow | null;

  @Field(() => Call, {
    nullable: true,
    description:
      'The call as it is now; also returned with REVISION_CONFLICT, CALL_ENDED and an INVALID idempotencyKey.',
  })
  call?: Call | null;

  @Field(() => [UserError], { description: ERRORS })
  errors!: UserError[];
}

@ObjectType({ simpleResolvers: true, description: 'The result of recordCallFlowProgress.' })
export class RecordCallFlowProgressPayload {
  @Field(() => CallFlow, { nullable: true, description: 'The flow as it is now; null on refusal.' })
  callFlow?: CallFlow | null;

  @Field(() => [UserError], { description: ERRORS })
  errors!: UserError[];
}

@ObjectType({ simpleResolvers: true, description: 'The result of hangUpCall.' })
export class HangUpCallPayload {
  @Field(() => Call, { nullable: true, description: 'The call as it is now; also returned with CALL_ENDED.' })
  call?: Call | null;

  @Field(() => [UserError], { description: ERRORS })
  errors!: UserError[];
}
