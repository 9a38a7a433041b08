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
    'What is to happen in a call, step by step, after Bird (`callFlow`). A flow is never changed but replaced whole; only the progress of its commands is recorded in it.',
})
export class CallFlow extends Node {
  @Field(() => String, {
    nullable: true,
    description: "The vendor's id of the flow, once recordCallFlowProgress told it. Bird: `callFlow.id`.",
  })
  vendorId!: string | null;

  @Field(() => Int, {
    description: '1 for the first flow of a call, then 2, 3, …; what expectedFlowRevision is compared with.',
  })
  revision!: number;

  @Field(() => CallFlowStatusEnum, { description: 'Whether it is in force.' })
  status!: CallFlowStatus;

  @Field(() => DateTime, { description: 'When it was put in force.' })
  createdAt!: Date;
}

@ObjectType({ simpleResolvers: true, description: 'A flow in a list, with its place.' })
export class CallFlowEdge extends EdgeOf(() => CallFlow) {}

@ObjectType({ simpleResolvers: true, description: 'A page of flows.' })
export class CallFlowConnection extends ConnectionOf(
  () => CallFlowEdge,
  () => CallFlow,
) {}
