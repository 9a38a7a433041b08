import { Field, InputType } from 'type-graphql';
import { publishEnum } from '../graphql/publish-enum.js';
import type { CallDimension, TimeBucket } from './call-dimension.enums.js';

export const CallDimensionEnum = publishEnum<CallDimension>(
  'CallDimension',
  'A value that calls have, or several of them. A call with several counts under each, whatever the filter names.',
  {
    STATUS: 'The status.',
    VENDOR_STATUS: "The vendor's own word for the status.",
    DIRECTION: 'The direction.',
    SYSTEM: 'The systems that its references are of.',
    ASSISTANT: 'The id of the voice assistant (`assistant.assistantId`).',
    CHANNEL: 'The channel (`channelId`).',
    STAFF: "The voice call's `handledByStaffUid`, otherwise its `staffUid`.",
    TAG: 'The tags.',
    VOICE_CALL_STATUS: "The voice call's status; VOICEMAIL_RECEIVED counts as VOICEMAIL.",
  },
);

const TimeBucketEnum = publishEnum<TimeBucket>(
  'TimeBucket',
  'A length of time, by the calendar of a time zone.',
  {
    HOUR: 'A clock hour.',
    DAY: 'A day; one of 23 or 25 hours where the clocks change.',
    WEEK: 'A week that begins on Monday.',
    MONTH: 'A calendar month.',
  },
);

@InputType('CallDimensionInput', {
  description:
    'What figures are grouped by: exactly one member. E.g. `{ occurredAt: DAY }`, `{ field: STAFF }` or `{ metadata: ["customer", "tier"] }`.',
})
export class CallDimensionInput {
  @Field(() => CallDimensionEnum, { nullable: true, description: 'A value of the call.' })
  field?: CallDimension;

  @Field(() => TimeBucketEnum, {
    nullable: true,
    description:
      'When it happened (`startedAt`, otherwise `ringingAt`, otherwise `createdAt`), in the time zone of the question. The key is the first instant of the time, as a DateTime. Times without calls have no row.',
  })
  occurredAt?: TimeBucket;

  @Field(() => [String], {
    nullable: true,
    description:
      'The text, number or boolean at this path into the metadata, at most 10 keys long; a number leads into a list. An object or a list counts as none.',
  })
  metadata?: string[];
}
