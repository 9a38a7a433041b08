import { Field, InputType, Int } from 'type-graphql';
import type { CallDirection, CallStatus } from '../../calls/call.enums.js';
import { Assistant, CallCostInput } from '../../calls/call-details.type.js';
import { CallDirectionEnum, CallStatusEnum } from '../../calls/call-enums.type.js';
import { CallGroupInput } from '../../calls/group/call-group.type.js';
import { CallReference } from '../../calls/reference/call-reference.type.js';
import { DateTime } from '../../graphql/scalars.js';
import { text } from '../../graphql/text.js';

@InputType({
  description: text`
    Changes to a known call, by the rules of upsertCall: an omitted field keeps its value, null clears it (INVALID for
    direction, status and the lists), and a live status never replaces a terminal one. References, tags and groups are
    added and removed one by one. A call is never late here.
  `,
})
export class UpdateCallInput {
  @Field(() => String, { nullable: true, description: 'The calling party, as in upsertCall.' })
  from?: string | null;

  @Field(() => String, { nullable: true, description: 'The called party.' })
  to?: string | null;

  @Field(() => CallDirectionEnum, { nullable: true, description: 'The direction; null is INVALID.' })
  direction?: CallDirection | null;

  @Field(() => CallStatusEnum, {
    nullable: true,
    description: 'The status; without vendorStatus it clears vendorStatus. null is INVALID.',
  })
  status?: CallStatus | null;

  @Field(() => String, {
    nullable: true,
    description: "The vendor's word for the status; without status it sets the status.",
  })
  vendorStatus?: string | null;

  @Field(() => String, { nullable: true, description: "`pstn`, `sip`, … in the vendor's words." })
  type?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "The outside party's number, if it is neither `from` of an INBOUND nor `to` of an OUTBOUND call.",
  })
  customerNumber?: string | null;

  @Field(() => Assistant, { nullable: true, description: 'The voice assistant that spoke.' })
  assistant?: Assistant | null;

  @Field(() => String, { nullable: true, description: 'The reason for the status.' })
  reason?: string | null;

  @Field(() => Int, { nullable: true, description: 'The duration in seconds; 0 or more.' })
  duration?: number | null;

  @Field(() => DateTime, { nullable: true, description: 'When it started.' })
  startedAt?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was answered.' })
  answeredAt?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it ended.' })
  endedAt?: Date | null;

  @Field(() => CallCostInput, { nullable: true, description: 'What it cost.' })
  cost?: CallCostInput | null;

  @Field(() => [CallReference], {
    nullable: true,
    description: 'References to add, at most 20. One of another call is REFERENCE_CONFLICT.',
  })
  addReferences?: CallReference[] | null;

  @Field(() => [String], {
    nullable: true,
    description:
      'Labels to add, each of 1 to 50 characters. More than 50 of a call are LIMIT_EXCEEDED; one that is also removed is INVALID.',
  })
  addTags?: string[] | null;

  @Field(() => [String], {
    nullable: true,
    description: 'Labels to remove, at most 50; those that the call does not have are ignored.',
  })
  removeTags?: string[] | null;

  @Field(() => [CallGroupInput], {
    nullable: true,
    description: 'Groups to add the call to, at most 20. One that it is also removed from is INVALID.',
  })
  addGroups?: CallGroupInput[] | null;

  @Field(() => [CallGroupInput], {
    nullable: true,
    description: 'Groups to remove the call from, at most 20; those that it is not in are ignored.',
  })
  removeGroups?: CallGroupInput[] | null;
}
