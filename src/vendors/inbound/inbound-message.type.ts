import { Field, ObjectType } from 'type-graphql';
import { ConnectionOf, EdgeOf } from '../../graphql/connection.js';
import { Node } from '../../graphql/node.type.js';
import { DateTime } from '../../graphql/scalars.js';
import type { InboundMessageState } from './inbound-message.enums.js';
import { InboundMessageStateEnum } from './inbound-message-state.type.js';

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: "A vendor's webhook as it came. Requires ADMIN.",
})
export class InboundMessage extends Node {
  @Field(() => InboundMessageStateEnum, {
    description: 'What became of it; after a replay, of the time before until it was processed anew.',
  })
  state!: InboundMessageState;

  @Field(() => Boolean, {
    description:
      "Whether it is known to be true: its signature is right, or the vendor's record was read and believed in its place.",
  })
  verified!: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'Why it is in this state, for people; null if there is nothing to say.',
  })
  reason!: string | null;

  @Field(() => DateTime, { description: 'When it came.' })
  receivedAt!: Date;
}

@ObjectType({ simpleResolvers: true, description: 'A webhook in a list, with its cursor.' })
export class InboundMessageEdge extends EdgeOf(() => InboundMessage) {}

@ObjectType({ simpleResolvers: true, description: 'A page of webhooks.' })
export class InboundMessageConnection extends ConnectionOf(
  () => InboundMessageEdge,
  () => InboundMessage,
) {}
