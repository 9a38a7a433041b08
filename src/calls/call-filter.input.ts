import { Field, InputType } from 'type-graphql';
import { JSONObject, type JsonObject } from '../graphql/json-object.js';
import { DateTimeRange, IntRange } from '../graphql/range.input.js';
import type { CallDirection, CallStatus, CallSystem } from './call.enums.js';
import { CallDirectionEnum, CallStatusEnum, CallSystemEnum } from './call-enums.type.js';
import { CallGroupInput } from './call-group.type.js';

@InputType({ description: 'What tags a call has; both members must hold.' })
export class TagFilter {
  @Field(() => [String], {
    nullable: true,
    description: 'At least one of these; an empty list finds nothing. At most 100.',
  })
  anyOf?: string[] | null;

  @Field(() => [String], {
    nullable: true,
    description: 'All of these; an empty list is no condition. At most 100.',
  })
  allOf?: string[] | null;
}

@InputType({
  description:
    'What the metadata of a call holds; every member given must hold. E.g. `{ contains: { customer: { tier: "gold" } }, hasKeys: ["case"] }`.',
})
export class MetadataFilter {
  @Field(() => JSONObject, {
    nullable: true,
    description:
      'The metadata contains this object: each of its members, and of nested objects each of theirs; of a list each of its items, in any order. Null is a value like any other.',
  })
  contains?: JsonObject | null;

  @Field(() => [JSONObject], {
    nullable: true,
    description:
      'The metadata contains at least one of these objects; an empty list finds nothing. At most 100.',
  })
  anyOf?: JsonObject[] | null;

  @Field(() => [String], {
    nullable: true,
    description: 'These top-level keys exist, all of them; an empty list is no condition. At most 100.',
  })
  hasKeys?: string[] | null;
}

@InputType({
  description:
    'Which calls are found: those for which every member given holds. Null is the same as left out; an empty list finds nothing, but for `allOf` and `hasKeys`. Lists have at most 100 items. E.g. `{ status: [NO_ANSWER, VOICEMAIL], metadata: { contains: { customer_id: "cust_abc123" } } }`.',
})
export class CallFilter {
  @Field(() => [CallStatusEnum], { nullable: true, description: 'The status is one of these.' })
  status?: CallStatus[] | null;

  @Field(() => [CallDirectionEnum], { nullable: true, description: 'The direction is one of these.' })
  direction?: CallDirection[] | null;

  @Field(() => [CallSystemEnum], {
    nullable: true,
    description: 'One of these systems has a name for the call.',
  })
  system?: CallSystem[] | null;

  @Field(() => String, { nullable: true, description: 'Exactly this `from`, as the vendor wrote it.' })
  from?: string | null;

  @Field(() => String, { nullable: true, description: 'Exactly this `to`, as the vendor wrote it.' })
  to?: string | null;

  @Field(() => String, { nullable: true, description: 'Exactly this `customerNumber`.' })
  customerNumber?: string | null;

  @Field(() => String, { nullable: true, description: 'Exactly this `assistant.assistantId`.' })
  assistantId?: string | null;

  @Field(() => String, { nullable: true, description: 'Exactly this `channelId`.' })
  channelId?: string | null;

  @Field(() => CallGroupInput, {
    nullable: true,
    description: 'The call belongs to this group; a group that is unknown has no calls.',
  })
  group?: CallGroupInput | null;

  @Field(() => TagFilter, { nullable: true, description: 'What tags it has.' })
  tags?: TagFilter | null;

  @Field(() => MetadataFilter, { nullable: true, description: 'What its metadata holds.' })
  metadata?: MetadataFilter | null;

  @Field(() => DateTimeRange, { nullable: true, description: 'When the gateway first heard of it.' })
  createdAt?: DateTimeRange | null;

  @Field(() => DateTimeRange, { nullable: true, description: 'When it was last changed here.' })
  updatedAt?: DateTimeRange | null;

  @Field(() => DateTimeRange, { nullable: true, description: 'When it started.' })
  startedAt?: DateTimeRange | null;

  @Field(() => DateTimeRange, { nullable: true, description: 'When it ended.' })
  endedAt?: DateTimeRange | null;

  @Field(() => IntRange, { nullable: true, description: 'How long it took, in seconds.' })
  duration?: IntRange | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether it has a voice call: true finds those with one, false those without.',
  })
  hasVoiceCall?: boolean | null;
}
