import { Field, InputType } from 'type-graphql';
import { JSONObject, type JsonObject } from '../../graphql/json-object.js';
import { DateTimeRange, IntRange } from '../../graphql/range.input.js';
import type { CallDirection, CallStatus, CallSystem } from '../call.enums.js';
import { CallDirectionEnum, CallStatusEnum, CallSystemEnum } from '../call-enums.type.js';
import { CallGroupInput } from '../group/call-group.type.js';

@InputType('TagFilter', { description: 'Conditions on the tags of a call; both members must hold.' })
export class TagFilterInput {
  @Field(() => [String], {
    nullable: true,
    description: 'Has at least one of these; an empty list matches nothing. At most 100.',
  })
  anyOf?: string[] | null;

  @Field(() => [String], {
    nullable: true,
    description: 'Has all of these; an empty list is no condition. At most 100.',
  })
  allOf?: string[] | null;
}

@InputType('MetadataFilter', {
  description:
    'Conditions on the metadata of a call; all given members must hold. E.g. `{ contains: { customer: { tier: "gold" } }, hasKeys: ["case"] }`.',
})
export class MetadataFilterInput {
  @Field(() => JSONObject, {
    nullable: true,
    description:
      'The metadata contains this object: all its members, also those of nested objects, and all items of its lists in any order. Null is an ordinary value.',
  })
  contains?: JsonObject | null;

  @Field(() => [JSONObject], {
    nullable: true,
    description:
      'The metadata contains at least one of these objects; an empty list matches nothing. At most 100.',
  })
  anyOf?: JsonObject[] | null;

  @Field(() => [String], {
    nullable: true,
    description: 'All of these top-level keys exist; an empty list is no condition. At most 100.',
  })
  hasKeys?: string[] | null;
}

@InputType('CallFilter', {
  description:
    'Selects the calls for which all given members hold. Null is the same as omitted. An empty list matches nothing, except in `allOf` and `hasKeys`. Lists have at most 100 items. E.g. `{ status: [NO_ANSWER, VOICEMAIL], metadata: { contains: { customer_id: "cust_abc123" } } }`.',
})
export class CallFilterInput {
  @Field(() => [CallStatusEnum], { nullable: true, description: 'The status is one of these.' })
  status?: CallStatus[] | null;

  @Field(() => [CallDirectionEnum], { nullable: true, description: 'The direction is one of these.' })
  direction?: CallDirection[] | null;

  @Field(() => [CallSystemEnum], {
    nullable: true,
    description: 'The call has a reference of one of these systems.',
  })
  system?: CallSystem[] | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Exactly this `from`, as the vendor wrote it; a number of 8 to 15 digits matches with and without a plus.',
  })
  from?: string | null;

  @Field(() => String, { nullable: true, description: 'Exactly this `to`, by the same rule as `from`.' })
  to?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Exactly this `customerNumber`, by the same rule as `from`.',
  })
  customerNumber?: string | null;

  @Field(() => String, { nullable: true, description: 'Exactly this `assistant.assistantId`.' })
  assistantId?: string | null;

  @Field(() => String, { nullable: true, description: 'Exactly this `channelId`.' })
  channelId?: string | null;

  @Field(() => CallGroupInput, {
    nullable: true,
    description: 'The call belongs to this group; an unknown group has no calls.',
  })
  group?: CallGroupInput | null;

  @Field(() => TagFilterInput, { nullable: true, description: 'Conditions on its tags.' })
  tags?: TagFilterInput | null;

  @Field(() => MetadataFilterInput, { nullable: true, description: 'Conditions on its metadata.' })
  metadata?: MetadataFilterInput | null;

  @Field(() => DateTimeRange, { nullable: true, description: 'When the gateway created it.' })
  createdAt?: DateTimeRange | null;

  @Field(() => DateTimeRange, { nullable: true, description: 'When the gateway last changed it.' })
  updatedAt?: DateTimeRange | null;

  @Field(() => DateTimeRange, { nullable: true, description: 'When it started.' })
  startedAt?: DateTimeRange | null;

  @Field(() => DateTimeRange, { nullable: true, description: 'When it ended.' })
  endedAt?: DateTimeRange | null;

  @Field(() => IntRange, { nullable: true, description: 'The duration in seconds.' })
  duration?: IntRange | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether the call has a voice call.',
  })
  hasVoiceCall?: boolean | null;
}
