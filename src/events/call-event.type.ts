import { Field, ObjectType } from 'type-graphql';
import { ConnectionOf, EdgeOf } from '../graphql/connection.js';
import { JSONObject, type JsonObject } from '../graphql/json-object.js';
import { Node } from '../graphql/node.type.js';
import { DateTime } from '../graphql/scalars.js';
import type { ActorType } from '../identity/identity.enums.js';
import { ActorTypeEnum } from '../identity/viewer.type.js';
import type { CallEventMatch } from './call-event.enums.js';
import { CallEventMatchEnum } from './call-event-enums.type.js';

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description:
    'Metadata that arrived separately from its call (Creovai). It is kept until its call is erased, and applied to the call in the order of `eventTime`.',
})
export class CallEvent extends Node {
  @Field(() => String, {
    nullable: true,
    description:
      "The sender's own id of the event; a second event with the same id is the same event. Null if none was given.",
  })
  eventId!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The session that the event named (Creovai: `sessionId`); null if it named something else or nothing.',
  })
  sessionId!: string | null;

  @Field(() => DateTime, {
    description: 'When the event happened, according to its sender; its metadata takes effect at this time.',
  })
  eventTime!: Date;

  @Field(() => JSONObject, { description: 'The metadata of the event, a merge patch (RFC 7396).' })
  metadata!: JsonObject;

  @Field(() => CallEventMatchEnum, { description: 'Whether its call has been found.' })
  match!: CallEventMatch;

  @Field(() => String, { description: 'The sender: the name of the API key or person.' })
  actor!: string;

  @Field(() => ActorTypeEnum, {
    nullable: true,
    description:
      'Whether the actor is a key or a person; null for old entries, from before this was recorded.',
  })
  actorType!: ActorType | null;

  @Field(() => DateTime, { description: 'When the gateway recorded it.' })
  createdAt!: Date;
}

@ObjectType({ simpleResolvers: true, description: 'An event in a list, with its cursor.' })
export class CallEventEdge extends EdgeOf(() => CallEvent) {}

@ObjectType({ simpleResolvers: true, description: 'A page of events.' })
export class CallEventConnection extends ConnectionOf(
  () => CallEventEdge,
  () => CallEvent,
) {}
