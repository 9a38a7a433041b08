import { Field, InputType } from 'type-graphql';
import type { UserErrorData } from '../foundation/refusal.js';
import { checkFilter, withoutNullMembers, withoutNullMembersIn } from '../graphql/filter-input.js';
import type { Only } from '../graphql/only.js';
import { checkIntRange, DateTimeRange, IntRange } from '../graphql/range.input.js';
import { PhoneNumber } from '../graphql/scalars.js';
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

  @Field(() => PhoneNumber, { nullable: true, description: 'Exactly this `fromNumber`.' })
  fromNumber?: string | null;

  @Field(() => PhoneNumber, { nullable: true, description: 'Exactly this `toNumber`.' })
  toNumber?: string | null;

  @Field(() => DateTimeRange, { nullable: true, description: 'When the record was created.' })
  createdAt?: DateTimeRange | null;

  @Field(() => IntRange, { nullable: true, description: 'The duration in seconds.' })
  duration?: IntRange | null;
}

export function checkVoiceCallFilter(
  filter: VoiceCallFilterInput | null | undefined,
  path: string[],
): UserErrorData[] {
  if (filter == null) return [];
  return [...checkFilter(filter, path), ...checkIntRange(filter.duration, [...path, 'duration'])];
}

export function toVoiceCallFilter(input: VoiceCallFilterInput | null | undefined): VoiceCallFilter {
  const { createdAt, duration, ...plain } = input ?? {};
  plain satisfies Only<typeof plain, VoiceCallFilter>;
  return withoutNullMembers({
    ...plain,
    createdAt: withoutNullMembersIn(createdAt),
    duration: withoutNullMembersIn(duration),
  }) as VoiceCallFilter;
}
