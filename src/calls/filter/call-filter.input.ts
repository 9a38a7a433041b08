import { Field, InputType } from 'type-graphql';
import { MOST_SEARCH } from '../../foundation/search-text.js';
import { JSONObject, type JsonObject } from '../../graphql/json-object.js';
import { DateTimeRange, IntRange } from '../../graphql/range.input.js';
import { text } from '../../graphql/text.js';
import type { DeliveryState } from '../../vendors/delivery/delivery.enums.js';
import { DeliveryStateEnum } from '../../vendors/delivery/delivery-enums.type.js';
import type { CallDirection, CallStatus, CallSystem } from '../call.enums.js';
import { CallDirectionEnum, CallStatusEnum, CallSystemEnum } from '../call-enums.type.js';
import { CallGroupInput } from '../group/call-group.type.js';

export const MOST_FILTERS = 30;
export const DEEPEST_FILTER = 3;
const NESTED = `Filters are nested at most three deep, ${MOST_FILTERS} in all.`;

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
      'This `from`. A number is found however it was written: with or without separators, `00`, `+` or `tel:`; 8 to 15 digits count as a number without its plus. What is no number is compared as text.',
  })
  from?: string | null;

  @Field(() => String, { nullable: true, description: 'This `to`, by the same rule as `from`.' })
  to?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'This `customerNumber`, by the same rule as `from`.',
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

  @Field(() => DateTimeRange, { nullable: true, description: 'When it happened: `occurredAt`.' })
  occurredAt?: DateTimeRange | null;

  @Field(() => IntRange, { nullable: true, description: 'The duration in seconds.' })
  duration?: IntRange | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether the call has a voice call.',
  })
  hasVoiceCall?: boolean | null;

  @Field(() => String, {
    nullable: true,
    description: text`
      This text, of 3 to ${String(MOST_SEARCH)} characters, is found without case anywhere in \`from\`, \`to\` or \`customerNumber\`
      (there by its digits too), in a reference's value, the assistant's name, a tag, the voice call's callSummary, or a line
      or the summary of a transcript. It works in every alphabet, e.g. for \`Москва\` or \`東京都\`; two
      characters, as in \`東京\`, are too few for its index. BAD_USER_INPUT where the database lacks the extension pg_trgm.
    `,
  })
  search?: string | null;

  @Field(() => [String], {
    nullable: true,
    description: "The voice call's staffUid or handledByStaffUid is one of these.",
  })
  staffUid?: string[] | null;

  @Field(() => [String], { nullable: true, description: "The voice call's clientUid is one of these." })
  clientUid?: string[] | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether the call has a recording.' })
  hasRecording?: boolean | null;

  @Field(() => [DeliveryStateEnum], {
    nullable: true,
    description:
      'At least one delivery of the call is in one of these states. Deliveries are not in the log: a subscription judges them as they are when it reads a change of the call.',
  })
  deliveryState?: DeliveryState[] | null;

  @Field(() => [CallFilterInput], {
    nullable: true,
    description: `All of these filters find it. ${NESTED}`,
  })
  and?: CallFilterInput[] | null;

  @Field(() => [CallFilterInput], {
    nullable: true,
    description: `At least one of these filters finds it. ${NESTED}`,
  })
  or?: CallFilterInput[] | null;

  @Field(() => CallFilterInput, { nullable: true, description: `This filter does not find it. ${NESTED}` })
  not?: CallFilterInput | null;
}
