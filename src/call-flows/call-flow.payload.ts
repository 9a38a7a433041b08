import { Field, ObjectType } from 'type-graphql';
import { Call } from '../calls/call.type.js';
import { UserError } from '../graphql/user-error.type.js';
import { CallFlow } from './call-flow.type.js';

const ERRORS = 'Why nothing was written; empty on success.';

@ObjectType({ simpleResolvers: true, description: 'What replaceCallFlow answers.' })
export class ReplaceCallFlowPayload {
  @Field(() => CallFlow, {
    nullable: true,
    description:
      'The new flow, or the one that the idempotencyKey made, as it is now; beside REVISION_CONFLICT and CALL_ENDED the flow in force.',
  })
  callFlow?: CallFlow | null;

  @Field(() => Call, {
    nullable: true,
    description: 'The call as it is now; also beside REVISION_CONFLICT and CALL_ENDED.',
  })
  call?: Call | null;

  @Field(() => [UserError], { description: ERRORS })
  errors!: UserError[];
}

@ObjectType({ simpleResolvers: true, description: 'What recordCallFlowProgress answers.' })
export class RecordCallFlowProgressPayload {
  @Field(() => CallFlow, { nullable: true, description: 'The flow as it is now; null on refusal.' })
  callFlow?: CallFlow | null;

  @Field(() => [UserError], { description: ERRORS })
  errors!: UserError[];
}

@ObjectType({ simpleResolvers: true, description: 'What hangUpCall answers.' })
export class HangUpCallPayload {
  @Field(() => Call, { nullable: true, description: 'The call as it is now; also beside CALL_ENDED.' })
  call?: Call | null;

  @Field(() => [UserError], { description: ERRORS })
  errors!: UserError[];
}
