import { Field, ObjectType } from 'type-graphql';
import { ConnectionOf, EdgeOf } from '../graphql/connection.js';
import { JSONObject, type JsonObject } from '../graphql/json-object.js';
import { Node } from '../graphql/node.type.js';
import { DateTime } from '../graphql/scalars.js';
import type { ActorType } from '../identity/actor.js';
import { ActorTypeEnum } from '../identity/viewer.type.js';
import type { CallEventMatch } from './call-event.enums.js';
import { CallEventMatchEnum } from './call-event-enums.type.js';

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description:
    'Metadata that arrived beside the call (Creovai): kept for ever, and applied to the call in the order of `eventTime`.',
})
export class CallEvent extends Node {
  @Field(() => String, {
    nullable: true,
    description:
      "The sender's own id of the event; a second event with the same one is the same event. Null where none was given.",
  })
  eventId!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The session that it named (Creovai: `sessionId`); null where it named something else, or nothing.',
  })
  sessionId!: string | null;

  @Field(() => DateTime, {
    description: 'When it happened, as its sender says: the time that its metadata counts for.',
  })
  eventTime!: Date;

  @Field(() => JSONObject, { description: 'The metadata that it brought, a merge patch (RFC 7396).' })
  metadata!: JsonObject;

  @Field(() => CallEventMatchEnum, { description: 'Whether its call is known.' })
  match!: CallEventMatch;

  @Field(() => String, { description: "Who sent it: the API key's or person's name." })
  actor!: string;

  @Field(() => ActorTypeEnum, {
    nullable: true,
    description: 'Whether that is a key or a person; null for what was recorded before this was kept.',
  })
  actorType!: ActorType | null;

  @Field(() => DateTime, { description: 'When it was recorded here.' })
  createdAt!: Date;
}

@ObjectType({ simpleResolvers: true, description: 'An event in a list, with its place there.' })
export class CallEventEdge extends EdgeOf(() => CallEvent) {}

@ObjectType({ simpleResolvers: true, description: 'A page of events.' })
export class CallEventConnection extends ConnectionOf(
  () => CallEventEdge,
  () => CallEvent,
) {}
