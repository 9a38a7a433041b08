import { Field, ObjectType } from 'type-graphql';
import { JSONObject, type JsonObject } from '../graphql/json-object.js';
import { DateTime } from '../graphql/scalars.js';
import type { ActorType } from '../identity/identity.enums.js';
import { ActorTypeEnum } from '../identity/viewer.type.js';
import type { CallChangeKind } from './call-change.enums.js';
import { CallChangeKindEnum } from './call-change-kind.type.js';

@ObjectType({
  simpleResolvers: true,
  description: 'What is known of changes of a call that its history no longer has.',
})
export class CallCheckpoint {
  @Field(() => DateTime, {
    description:
      '`recordedAt` of the newest change that is gone. All that were recorded later are in the history.',
  })
  prunedAt!: Date;
}

@ObjectType({
  simpleResolvers: true,
  description:
    'What still counts of a merge patch whose change is gone: the members that no later one of these sets or removes.',
})
export class CheckpointPatch {
  @Field(() => CallChangeKindEnum, { description: 'What the change was.' })
  kind!: CallChangeKind;

  @Field(() => JSONObject, { description: 'The members that still count; null removes one.' })
  patch!: JsonObject;

  @Field(() => String, {
    description: 'As of CallChange: compared as text, orders patches as they take effect.',
  })
  patchOrder!: string;

  @Field(() => String, { description: 'The name of the API key or person that made the change.' })
  actor!: string;

  @Field(() => ActorTypeEnum, {
    nullable: true,
    description: 'Whether the actor is a key or a person; null for old ones, from before this was recorded.',
  })
  actorType!: ActorType | null;

  @Field(() => DateTime, { description: 'When the patch takes effect.' })
  effectiveAt!: Date;

  @Field(() => DateTime, { description: 'When it was recorded.' })
  recordedAt!: Date;
}
