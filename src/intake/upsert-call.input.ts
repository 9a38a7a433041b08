import { Field, InputType, Int } from 'type-graphql';
import { CallFlowCommandInput } from '../call-flows/call-flow-command.input.js';
import type { CallDirection, CallStatus } from '../calls/call.enums.js';
import { CallLocator } from '../calls/call.input.js';
import { CallDirectionEnum, CallStatusEnum } from '../calls/call-enums.type.js';
import { CallGroupInput } from '../calls/call-group.type.js';
import { CallParticipant } from '../calls/call-participant.type.js';
import {
  AnsweringMachineDetection,
  Assistant,
  CallCost,
  CallHangup,
  CallQuality,
  SipInsights,
} from '../calls/call-parts.type.js';
import { CallReference } from '../calls/call-reference.type.js';
import { JSONObject, type JsonObject } from '../graphql/json-object.js';
import { DateTime, Url } from '../graphql/scalars.js';
import { text } from '../graphql/text.js';

@InputType({
  description: text`
    What a vendor says of a call: it creates the call, or updates the one that already has any of these references.
    A field left out keeps its value; null clears it (INVALID for direction, status, metadata, groups and callFlow; it
    empties tags). Objects and lists are replaced whole.

    - status and vendorStatus are a pair: vendorStatus alone derives status, by the words of all vendors taken together
      and compared without case, blanks, - and _ (see CallStatus); status alone clears vendorStatus. A status that the
      stored word stands for follows the duration and scheduledFor that come without a word.
    - A live status never replaces a terminal one, and COMPLETED replaces NO_ANSWER, BUSY, CANCELED and FAILED only with a
      sign of an answer (answeredAt, or a duration above 0, given now or stored): else neither of the pair changes.
      Otherwise the last write wins.
    - An upsert is late whose vendorUpdatedAt is older than the call's, or which has none and says that a call with a
      terminal status goes on. It adds references, groups and metadata, fills what is null, and changes nothing else:
      vendors deliver again for hours, out of order.
  `,
})
export class UpsertCallInput {
  @Field(() => [CallReference], {
    description:
      'The names of the call, 1 to 20. New ones are added to the call, and none is ever lost; names of two different calls are REFERENCE_CONFLICT.',
  })
  references!: CallReference[];

  @Field(() => String, {
    nullable: true,
    description: 'Who called: an E.164 number, a SIP URI or whatever the vendor gives.',
  })
  from?: string | null;

  @Field(() => String, { nullable: true, description: 'Who was called. Burki: `to_phone_number`.' })
  to?: string | null;

  @Field(() => CallDirectionEnum, {
    nullable: true,
    description: 'Which way it goes; UNKNOWN if never given. null is INVALID.',
  })
  direction?: CallDirection | null;

  @Field(() => CallStatusEnum, {
    nullable: true,
    description: 'Where it stands; given without vendorStatus, it clears that. null is INVALID.',
  })
  status?: CallStatus | null;

  @Field(() => String, {
    nullable: true,
    description: "The vendor's word for it, e.g. `no-answer`; given without status, it decides that.",
  })
  vendorStatus?: string | null;

  @Field(() => String, {
    nullable: true,
    description: '`pstn`, `sip`, … as the vendor says it. Bird: `type`.',
  })
  type?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "The outside party's number, where it is neither `from` of an INBOUND nor `to` of an OUTBOUND call. Burki: `customer_phone_number`.",
  })
  customerNumber?: string | null;

  @Field(() => CallParticipant, {
    nullable: true,
    description: 'The calling party in full. Bird: `originator`.',
  })
  originator?: CallParticipant | null;

  @Field(() => CallParticipant, {
    nullable: true,
    description: 'The called party in full. Bird: `receiver`.',
  })
  receiver?: CallParticipant | null;

  @Field(() => String, { nullable: true, description: "Bird's workspace (`workspaceId`)." })
  workspaceId?: string | null;

  @Field(() => String, { nullable: true, description: "Bird's channel (`channelId`)." })
  channelId?: string | null;

  @Field(() => CallLocator, {
    nullable: true,
    description:
      'The call that this one came from, e.g. by a transfer or bridge (Bird: `parentId`). A reference that is not known yet is kept, and linked when its call comes; an unknown id is NOT_FOUND, a circle INVALID. A call that waits for a parent which descends from it is left unlinked.',
  })
  parent?: CallLocator | null;

  @Field(() => Assistant, { nullable: true, description: 'The voice assistant that spoke.' })
  assistant?: Assistant | null;

  @Field(() => [String], {
    nullable: true,
    description: 'Free labels: at most 50, each of 1 to 50 characters. null empties them.',
  })
  tags?: string[] | null;

  @Field(() => Url, {
    nullable: true,
    description: 'Where the vendor reports on the call. Bird: `notification.url`.',
  })
  notificationUrl?: string | null;

  @Field(() => String, { nullable: true, description: 'The kind of SIP trunk. Bird: `sipType`.' })
  sipType?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Why the call is where it is, in the vendor's words. Bird: `reason`.",
  })
  reason?: string | null;

  @Field(() => CallHangup, { nullable: true, description: 'Who hung up, and why.' })
  hangup?: CallHangup | null;

  @Field(() => Int, { nullable: true, description: 'How long it lasted, in seconds; 0 or more.' })
  duration?: number | null;

  @Field(() => DateTime, { nullable: true, description: 'When it is to be placed. Bird: `scheduledFor`.' })
  scheduledFor?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it began to ring. Bird: `ringingAt`.' })
  ringingAt?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it began. Burki: `started_at`.' })
  startedAt?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was answered. Bird: `answeredAt`.' })
  answeredAt?: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When it ended. Burki: `ended_at`, Bird: `endedAt`.',
  })
  endedAt?: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When the vendor made its record. Bird: `createdAt`.',
  })
  vendorCreatedAt?: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description:
      "When the vendor last changed its record (Bird: `updatedAt`). Older than the call's: the upsert is late, see above.",
  })
  vendorUpdatedAt?: Date | null;

  @Field(() => CallCost, { nullable: true, description: 'What it cost.' })
  cost?: CallCost | null;

  @Field(() => AnsweringMachineDetection, {
    nullable: true,
    description: 'Whether a person or a machine answered. Bird: `amdResult`.',
  })
  answeringMachineDetection?: AnsweringMachineDetection | null;

  @Field(() => CallQuality, {
    nullable: true,
    description: 'How well the line worked. Bird: `qualityInsights`.',
  })
  quality?: CallQuality | null;

  @Field(() => SipInsights, { nullable: true, description: 'How it was signalled. Bird: `sipInsights`.' })
  sip?: SipInsights | null;

  @Field(() => JSONObject, {
    nullable: true,
    description:
      "Merged into the call's metadata, as mergeCallMetadata does; LIMIT_EXCEEDED if it becomes too large. null is INVALID.",
  })
  metadata?: JsonObject | null;

  @Field(() => [CallGroupInput], {
    nullable: true,
    description: 'The groups to add it to, at most 20; it stays in those that it is in. null is INVALID.',
  })
  groups?: CallGroupInput[] | null;

  @Field(() => [CallFlowCommandInput], {
    nullable: true,
    description:
      "Its flow, up to 20 commands; an empty list is none. It is taken while the call has none, and otherwise left alone (that is replaceCallFlow's). null is INVALID.",
  })
  callFlow?: CallFlowCommandInput[] | null;
}
