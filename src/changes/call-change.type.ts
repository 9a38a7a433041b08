import { Field, Int, ObjectType } from 'type-graphql';
import { ConnectionOf, EdgeOf } from '../graphql/connection.js';
import { JSONObject, type JsonObject } from '../graphql/json-object.js';
import { Node } from '../graphql/node.type.js';
import { DateTime } from '../graphql/scalars.js';
import type { ActorType } from '../identity/identity.enums.js';
import { ActorTypeEnum } from '../identity/viewer.type.js';
import type { CallChangeKind } from './call-change.enums.js';
import { CallChangeKindEnum } from './call-change-kind.type.js';

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description:
    "An entry of the organization's log, to which entries are only added, but for erasures and what is older than RETAIN_LOG: what one mutation did to one call.",
})
export class CallChange extends Node {
  @Field(() => CallChangeKindEnum, { description: 'What happened.' })
  kind!: CallChangeKind;

  @Field(() => Int, {
    nullable: true,
    description: "The call's revision after the mutation; null for a patch that changed nothing.",
  })
  revision!: number | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Compared as text, orders a call's patches as they take effect: by effectiveAt, then arrival. Otherwise opaque. Null without a patch.",
  })
  patchOrder!: string | null;

  @Field(() => JSONObject, {
    nullable: true,
    description:
      'The merge patch of METADATA_MERGED, EVENT_APPLIED, and of REGISTERED or UPDATED with metadata; otherwise null, and for an event that was dismissed.',
  })
  patch!: JsonObject | null;

  @Field(() => JSONObject, {
    description:
      'The previous values of the changed fields of the call, its voice call or its flow, named as in this schema, e.g. `{"status": "RINGING"}`.',
  })
  oldValues!: JsonObject;

  @Field(() => JSONObject, {
    description: 'The new values of the same fields, e.g. `{"status": "COMPLETED"}`.',
  })
  newValues!: JsonObject;

  @Field(() => String, { description: 'The name of the API key or person that made the change.' })
  actor!: string;

  @Field(() => ActorTypeEnum, {
    nullable: true,
    description:
      'Whether the actor is a key or a person; null for old entries, from before this was recorded.',
  })
  actorType!: ActorType | null;

  @Field(() => DateTime, {
    description:
      'When the patch takes effect: eventTime for an event; for a merge recordedAt, or the time of the newest patch if that is later. Without a patch: recordedAt.',
  })
  effectiveAt!: Date;

  @Field(() => DateTime, { description: 'When it was recorded.' })
  recordedAt!: Date;
}

@ObjectType({ simpleResolvers: true, description: 'A change in a list, with its cursor.' })
export class CallChangeEdge extends EdgeOf(() => CallChange) {}

@ObjectType({ simpleResolvers: true, description: 'A page of changes.' })
export class CallChangeConnection extends ConnectionOf(
  () => CallChangeEdge,
  () => CallChange,
) {}
