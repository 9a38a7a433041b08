import { Field, Int, ObjectType } from 'type-graphql';
import { ConnectionOf, EdgeOf } from '../graphql/connection.js';
import { JSONObject, type JsonObject } from '../graphql/json-object.js';
import { Node } from '../graphql/node.type.js';
import { DateTime } from '../graphql/scalars.js';
import type { ActorType } from '../identity/actor.js';
import { ActorTypeEnum } from '../identity/viewer.type.js';
import { CallChangeKindEnum } from './call-change-kind.type.js';
import type { CallChangeKind } from './change-kind.js';

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: "One entry of the organization's append-only log: what one mutation did to one call.",
})
export class CallChange extends Node {
  @Field(() => CallChangeKindEnum, { description: 'What happened.' })
  kind!: CallChangeKind;

  @Field(() => Int, {
    nullable: true,
    description:
      "The call's revision after the mutation that it belongs to; null for a patch that changed nothing.",
  })
  revision!: number | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Sorts a call's patches in the order in which they count (effectiveAt, then arrival); null without a patch. Opaque but for its order as text.",
  })
  patchOrder!: string | null;

  @Field(() => JSONObject, {
    nullable: true,
    description:
      'The merge patch that came with it: METADATA_MERGED, EVENT_APPLIED, and REGISTERED or UPDATED with metadata; else null.',
  })
  patch!: JsonObject | null;

  @Field(() => JSONObject, {
    description:
      'What changed of the call, its voice call or its flow, as it was before, named as in this schema, e.g. `{"status": "RINGING"}`.',
  })
  oldValues!: JsonObject;

  @Field(() => JSONObject, {
    description: 'The same fields as they were after, e.g. `{"status": "COMPLETED"}`.',
  })
  newValues!: JsonObject;

  @Field(() => String, { description: "Who did it: the API key's or person's name." })
  actor!: string;

  @Field(() => ActorTypeEnum, {
    nullable: true,
    description: 'Whether that is a key or a person; null for what was recorded before this was kept.',
  })
  actorType!: ActorType | null;

  @Field(() => DateTime, {
    description:
      "The time that the patch counts for: an event's eventTime; for a merge recordedAt, or the newest patch's time where that is later. recordedAt without a patch.",
  })
  effectiveAt!: Date;

  @Field(() => DateTime, { description: 'When it was recorded.' })
  recordedAt!: Date;
}

@ObjectType({ simpleResolvers: true, description: 'A change in a list, with its place in the log.' })
export class CallChangeEdge extends EdgeOf(() => CallChange) {}

@ObjectType({ simpleResolvers: true, description: 'A page of changes.' })
export class CallChangeConnection extends ConnectionOf(
  () => CallChangeEdge,
  () => CallChange,
) {}
