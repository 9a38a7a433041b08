import { Field, Int, ObjectType } from 'type-graphql';
import { Node } from '../graphql/node.type.js';
import { DateTime } from '../graphql/scalars.js';
import type { MatchCallField } from './call-event.enums.js';
import { MatchCallFieldEnum } from './call-event-enums.type.js';

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description:
    "Finds the call of an event that names none. It matches if the value at `metadataPath` of the event's metadata equals `callField`, and the call's time (`startedAt`, else `ringingAt`, else `createdAt`) lies within `windowMinutes` of `eventTime`, before or after.",
})
export class MatchRule extends Node {
  @Field(() => String, { description: 'A display name.' })
  name!: string;

  @Field(() => [String], {
    description: 'The path of the value in the event\'s metadata, key by key, e.g. `["caller", "number"]`.',
  })
  metadataPath!: string[];

  @Field(() => MatchCallFieldEnum, { description: 'The field of the call that the value is compared with.' })
  callField!: MatchCallField;

  @Field(() => [String], {
    nullable: true,
    description: "The path of the value in the call's metadata, for METADATA; otherwise null.",
  })
  callMetadataPath!: string[] | null;

  @Field(() => Int, {
    description: 'The largest distance in minutes between the times of the call and the event; 1 to 43,200.',
  })
  windowMinutes!: number;

  @Field(() => DateTime, { description: 'When it was created; older rules take precedence.' })
  createdAt!: Date;
}
