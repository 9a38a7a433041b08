import { Field, Int, ObjectType } from 'type-graphql';
import { ConnectionOf, EdgeOf } from '../graphql/connection.js';
import { Node } from '../graphql/node.type.js';
import { DateTime } from '../graphql/scalars.js';
import type { CallFlowStatus } from './call-flow.enums.js';
import { CallFlowStatusEnum } from './call-flow-enums.type.js';

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description:
    'The steps of a call, modelled on Bird (`callFlow`). A flow is only replaced as a whole; within a flow only the progress of its commands changes.',
})
export class CallFlow extends Node {
  @Field(() => String, {
    nullable: true,
    description:
      "The vendor's id of the flow, once recordCallFlowProgress has reported it. Bird: `callFlow.id`.",
  })
  vendorId!: string | null;

  @Field(() => Int, {
    description: '1 for the first flow of a call, then 2, 3, …; expectedFlowRevision is compared with it.',
  })
  revision!: number;

  @Field(() => CallFlowStatusEnum, { description: 'Whether the flow is active.' })
  status!: CallFlowStatus;

  @Field(() => DateTime, { description: 'When it became active.' })
  createdAt!: Date;
}

@ObjectType({ simpleResolvers: true, description: 'A flow in a list, with its cursor.' })
export class CallFlowEdge extends EdgeOf(() => CallFlow) {}

@ObjectType({ simpleResolvers: true, description: 'A page of flows.' })
export class CallFlowConnection extends ConnectionOf(
  () => CallFlowEdge,
  () => CallFlow,
) {}
