import { Field, Int, ObjectType } from 'type-graphql';
import { Node } from '../graphql/node.type.js';
import { DateTime } from '../graphql/scalars.js';
import type { MatchCallField } from './call-event.enums.js';
import { MatchCallFieldEnum } from './call-event-enums.type.js';

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description:
    "Finds the call of an event that names none: the value at `metadataPath` of the event's metadata equals `callField`, and the call's time (`startedAt`, else `ringingAt`, else `createdAt`) lies within `windowMinutes` of `eventTime`, before or after.",
})
export class MatchRule extends Node {
  @Field(() => String, { description: 'Its name, for people.' })
  name!: string;

  @Field(() => [String], {
    description:
      'Where the value stands in the metadata of the event, key by key, e.g. `["caller", "number"]`.',
  })
  metadataPath!: string[];

  @Field(() => MatchCallFieldEnum, { description: 'What of the call the value is compared with.' })
  callField!: MatchCallField;

  @Field(() => [String], {
    nullable: true,
    description: 'Where the value stands in the metadata of the call; for METADATA, and null otherwise.',
  })
  callMetadataPath!: string[] | null;

  @Field(() => Int, {
    description: 'How far apart, in minutes, the times of the call and the event may lie; 1 to 43,200.',
  })
  windowMinutes!: number;

  @Field(() => DateTime, { description: 'When it was made; of several rules the oldest comes first.' })
  createdAt!: Date;
}
