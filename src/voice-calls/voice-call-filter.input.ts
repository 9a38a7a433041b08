import { Field, InputType } from 'type-graphql';
import { checkFilter, given, givenIn } from '../graphql/filter-input.js';
import { checkIntRange, DateTimeRange, IntRange } from '../graphql/range.input.js';
import { PhoneNumber } from '../graphql/scalars.js';
import type { UserErrorData } from '../refusal.js';
import type { VoiceCallDirection, VoiceCallStatus } from './voice-call.enums.js';
import { VoiceCallDirectionEnum, VoiceCallStatusEnum } from './voice-call-enums.type.js';
import type { VoiceCallFilter as Filter } from './voice-call-filter.js';

@InputType({
  description:
    'Which voice calls are found: those for which every member given holds. Null is the same as left out; an empty list finds nothing. Lists have at most 100 items. E.g. `{ status: [MISSED], staffUid: ["nlvhegvnvb"] }`.',
})
export class VoiceCallFilter {
  @Field(() => [VoiceCallStatusEnum], {
    nullable: true,
    description:
      'The status is one of these. VOICEMAIL and VOICEMAIL_RECEIVED are two names of one: either finds both.',
  })
  status?: VoiceCallStatus[] | null;

  @Field(() => [VoiceCallDirectionEnum], { nullable: true, description: 'The direction is one of these.' })
  direction?: VoiceCallDirection[] | null;

  @Field(() => [String], { nullable: true, description: 'The staff member is one of these.' })
  staffUid?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'The client is one of these.' })
  clientUid?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'The one who handled it is one of these.' })
  handledByStaffUid?: string[] | null;

  @Field(() => PhoneNumber, { nullable: true, description: 'Exactly this `fromNumber`.' })
  fromNumber?: string | null;

  @Field(() => PhoneNumber, { nullable: true, description: 'Exactly this `toNumber`.' })
  toNumber?: string | null;

  @Field(() => DateTimeRange, { nullable: true, description: 'When the record was created.' })
  createdAt?: DateTimeRange | null;

  @Field(() => IntRange, { nullable: true, description: 'How long the call took, in seconds.' })
  duration?: IntRange | null;
}

/** What is wrong with a filter, [] if it can be asked for; paths begin with `path`. */
export function checkVoiceCallFilter(
  filter: VoiceCallFilter | null | undefined,
  path: string[],
): UserErrorData[] {
  if (filter == null) return [];
  return [...checkFilter(filter, path), ...checkIntRange(filter.duration, [...path, 'duration'])];
}

/** A checked filter as the services take it: what is no condition is left out. */
export function toVoiceCallFilter(input: VoiceCallFilter | null | undefined): Filter {
  const { createdAt, duration, ...plain } = input ?? {};
  return given({ ...plain, createdAt: givenIn(createdAt), duration: givenIn(duration) }) as Filter;
}
