import { Field, InputType } from 'type-graphql';
import { checkSearch } from '../calls/filter/search.checks.js';
import type { UserErrorData } from '../foundation/refusal.js';
import { checkFilter, withoutNullMembers, withoutNullMembersIn } from '../graphql/filter-input.js';
import type { Only } from '../graphql/only.js';
import { checkIntRange, DateTimeRange, IntRange } from '../graphql/range.input.js';
import type { VoiceCallDirection, VoiceCallStatus } from './voice-call.enums.js';
import { VoiceCallDirectionEnum, VoiceCallStatusEnum } from './voice-call-enums.type.js';
import type { VoiceCallFilter } from './voice-call-filter.values.js';

@InputType('VoiceCallFilter', {
  description:
    'Selects the voice calls for which all given members hold. Null is the same as omitted; an empty list matches nothing. Lists have at most 100 items. E.g. `{ status: [MISSED], staffUid: ["nlvhegvnvb"] }`.',
})
export class VoiceCallFilterInput {
  @Field(() => [VoiceCallStatusEnum], {
    nullable: true,
    description:
      'The status is one of these. VOICEMAIL and VOICEMAIL_RECEIVED are two names of one status: either matches both.',
  })
  status?: VoiceCallStatus[] | null;

  @Field(() => [VoiceCallDirectionEnum], { nullable: true, description: 'The direction is one of these.' })
  direction?: VoiceCallDirection[] | null;

  @Field(() => [String], { nullable: true, description: 'The staff member is one of these.' })
  staffUid?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'The client is one of these.' })
  clientUid?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'The staff member who handled it is one of these.' })
  handledByStaffUid?: string[] | null;

  @Field(() => String, {
    nullable: true,
    description:
      'This `fromNumber`, however it was written: with or without separators, `00`, `+` or `tel:`. What is no number is compared as text.',
  })
  fromNumber?: string | null;

  @Field(() => String, { nullable: true, description: 'This `toNumber`, by the same rule as `fromNumber`.' })
  toNumber?: string | null;

  @Field(() => DateTimeRange, { nullable: true, description: 'When the record was created.' })
  createdAt?: DateTimeRange | null;

  @Field(() => DateTimeRange, { nullable: true, description: 'When the record was last changed.' })
  updatedAt?: DateTimeRange | null;

  @Field(() => DateTimeRange, {
    nullable: true,
    description: "When its call happened: the call's `occurredAt`.",
  })
  occurredAt?: DateTimeRange | null;

  @Field(() => IntRange, { nullable: true, description: 'The duration in seconds.' })
  duration?: IntRange | null;

  @Field(() => String, {
    nullable: true,
    description: 'This text is found in its call: see `CallFilter.search`.',
  })
  search?: string | null;
}

export function checkVoiceCallFilter(
  filter: VoiceCallFilterInput | null | undefined,
  path: string[],
): UserErrorData[] {
  if (filter == null) return [];
  return [
    ...checkFilter(filter, path),
    ...checkSearch(filter.search, [...path, 'search']),
    ...checkIntRange(filter.duration, [...path, 'duration']),
  ];
}

export function toVoiceCallFilter(input: VoiceCallFilterInput | null | undefined): VoiceCallFilter {
  const { createdAt, updatedAt, occurredAt, duration, ...plain } = input ?? {};
  plain satisfies Only<typeof plain, VoiceCallFilter>;
  return withoutNullMembers({
    ...plain,
    createdAt: withoutNullMembersIn(createdAt),
    updatedAt: withoutNullMembersIn(updatedAt),
    occurredAt: withoutNullMembersIn(occurredAt),
    duration: withoutNullMembersIn(duration),
  }) as VoiceCallFilter;
}
