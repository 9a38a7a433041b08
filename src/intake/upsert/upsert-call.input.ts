import { Field, InputType, Int } from 'type-graphql';
import { CallFlowCommandInput } from '../../call-flows/call-flow-command.input.js';
import { VendorCallFlowInput } from '../../call-flows/vendor-call-flow.input.js';
import type { CallDirection, CallStatus } from '../../calls/call.enums.js';
import { CallLocator } from '../../calls/call.input.js';
import {
  AnsweringMachineDetection,
  Assistant,
  CallCostInput,
  CallHangup,
  CallQuality,
  SipInsights,
} from '../../calls/call-details.type.js';
import { CallDirectionEnum, CallStatusEnum } from '../../calls/call-enums.type.js';
import { CallParticipant } from '../../calls/call-participant.type.js';
import { CallGroupInput } from '../../calls/group/call-group.type.js';
import { CallReference } from '../../calls/reference/call-reference.type.js';
import { JSONObject, type JsonObject } from '../../graphql/json-object.js';
import { DateTime, Url } from '../../graphql/scalars.js';
import { text } from '../../graphql/text.js';
import { CallRecordingInput, CallTranscriptInput } from '../../recordings/recording.input.js';

@InputType({
  description: text`
    A vendor's data of a call. Creates the call, or updates the one that already has any of these references.
    An omitted field keeps its value; null clears it (INVALID for direction, status, metadata, groups, callFlow,
    vendorCallFlow, recordings and transcripts; for tags it removes all). Objects and lists are replaced as a whole.

    - status and vendorStatus are a pair. vendorStatus alone sets status, by the words of all vendors, ignoring case,
      blanks, - and _ (see CallStatus); status alone clears vendorStatus. Without either, a status that came from the
      stored word is derived again when duration or scheduledFor changes.
    - A live status never replaces a terminal one. COMPLETED replaces NO_ANSWER, BUSY, CANCELED and FAILED only with a
      sign of an answer (answeredAt, or a duration above 0, given now or stored). Otherwise the pair stays
      unchanged. In all other cases the last write wins.
    - An upsert is late if its vendorUpdatedAt is older than the call's, or if it has none and gives a live status for a
      call with a terminal one. A late upsert adds references, groups, metadata, recordings and transcripts,
      fills fields that are null, and changes nothing else, because vendors redeliver for hours and out of order.
  `,
})
export class UpsertCallInput {
  @Field(() => [CallReference], {
    description:
      'The references of the call, 1 to 20. New ones are added; none is ever removed. References of two different calls are REFERENCE_CONFLICT.',
  })
  references!: CallReference[];

  @Field(() => String, {
    nullable: true,
    description: 'The calling party: an E.164 number, a SIP URI or any other form that the vendor gives.',
  })
  from?: string | null;

  @Field(() => String, { nullable: true, description: 'The called party. Burki: `to_phone_number`.' })
  to?: string | null;

  @Field(() => CallDirectionEnum, {
    nullable: true,
    description: 'The direction; UNKNOWN if never given. null is INVALID.',
  })
  direction?: CallDirection | null;

  @Field(() => CallStatusEnum, {
    nullable: true,
    description: 'The status; without vendorStatus it clears vendorStatus. null is INVALID.',
  })
  status?: CallStatus | null;

  @Field(() => String, {
    nullable: true,
    description: "The vendor's word for the status, e.g. `no-answer`; without status it sets the status.",
  })
  vendorStatus?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "`pstn`, `sip`, … in the vendor's words. Bird: `type`.",
  })
  type?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "The outside party's number, if it is neither `from` of an INBOUND nor `to` of an OUTBOUND call. Burki: `customer_phone_number`.",
  })
  customerNumber?: string | null;

  @Field(() => CallParticipant, {
    nullable: true,
    description: 'Details of the calling party. Bird: `originator`.',
  })
  originator?: CallParticipant | null;

  @Field(() => CallParticipant, {
    nullable: true,
    description: 'Details of the called party. Bird: `receiver`.',
  })
  receiver?: CallParticipant | null;

  @Field(() => String, { nullable: true, description: "Bird's workspace (`workspaceId`)." })
  workspaceId?: string | null;

  @Field(() => String, { nullable: true, description: "Bird's channel (`channelId`)." })
  channelId?: string | null;

  @Field(() => CallLocator, {
    nullable: true,
    description:
      'The call that this one came from, e.g. by a transfer or bridge (Bird: `parentId`). An unknown reference is stored, and linked once its call exists; an unknown id is NOT_FOUND, a cycle INVALID. The call stays unlinked if its later parent descends from it.',
  })
  parent?: CallLocator | null;

  @Field(() => Assistant, { nullable: true, description: 'The voice assistant that spoke.' })
  assistant?: Assistant | null;

  @Field(() => [String], {
    nullable: true,
    description: 'Free labels: at most 50, each of 1 to 50 characters. null removes all.',
  })
  tags?: string[] | null;

  @Field(() => Url, {
    nullable: true,
    description: 'The URL to which the vendor reports on the call. Bird: `notification.url`.',
  })
  notificationUrl?: string | null;

  @Field(() => String, { nullable: true, description: 'The kind of SIP trunk. Bird: `sipType`.' })
  sipType?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The reason for the status, in the vendor's words. Bird: `reason`.",
  })
  reason?: string | null;

  @Field(() => CallHangup, { nullable: true, description: 'Who hung up, and why.' })
  hangup?: CallHangup | null;

  @Field(() => Int, { nullable: true, description: 'The duration in seconds; 0 or more.' })
  duration?: number | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When the call is to be placed. Bird: `scheduledFor`.',
  })
  scheduledFor?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it started ringing. Bird: `ringingAt`.' })
  ringingAt?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it started. Burki: `started_at`.' })
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
    description: 'When the vendor created its record. Bird: `createdAt`.',
  })
  vendorCreatedAt?: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description:
      "When the vendor last changed its record (Bird: `updatedAt`). If it is older than the call's, the upsert is late: see above.",
  })
  vendorUpdatedAt?: Date | null;

  @Field(() => CallCostInput, { nullable: true, description: 'What it cost.' })
  cost?: CallCostInput | null;

  @Field(() => AnsweringMachineDetection, {
    nullable: true,
    description: 'Whether a person or a machine answered. Bird: `amdResult`.',
  })
  answeringMachineDetection?: AnsweringMachineDetection | null;

  @Field(() => CallQuality, {
    nullable: true,
    description: 'The quality of the connection. Bird: `qualityInsights`.',
  })
  quality?: CallQuality | null;

  @Field(() => SipInsights, {
    nullable: true,
    description: 'Details of the SIP signalling. Bird: `sipInsights`.',
  })
  sip?: SipInsights | null;

  @Field(() => JSONObject, {
    nullable: true,
    description:
      "A merge patch for the call's metadata, as in mergeCallMetadata; LIMIT_EXCEEDED if the metadata becomes too large. null is INVALID.",
  })
  metadata?: JsonObject | null;

  @Field(() => [CallGroupInput], {
    nullable: true,
    description: 'The groups to add the call to, at most 20; it stays in its other groups. null is INVALID.',
  })
  groups?: CallGroupInput[] | null;

  @Field(() => [CallFlowCommandInput], {
    nullable: true,
    description:
      'The first flow, up to 20 commands; an empty list is no flow. Ignored if the call has a flow: use replaceCallFlow to replace it. null is INVALID.',
  })
  callFlow?: CallFlowCommandInput[] | null;

  @Field(() => VendorCallFlowInput, {
    nullable: true,
    description:
      'The flow that the vendor runs. If the call has it (by its id, or one without an id that has the same commands), its ids and statuses are recorded, as recordCallFlowProgress does, but none is put back; else it becomes the active flow, with what is reported of it. It is never sent to the vendor. Given with callFlow, that has its options. null is INVALID.',
  })
  vendorCallFlow?: VendorCallFlowInput | null;

  @Field(() => [CallRecordingInput], {
    nullable: true,
    description:
      'Recordings, at most 50. Each is added, or replaces the one of the same system and vendorId as a whole; others stay. One of another call is REFERENCE_CONFLICT; more than 50 of a call are LIMIT_EXCEEDED. null is INVALID.',
  })
  recordings?: CallRecordingInput[] | null;

  @Field(() => [CallTranscriptInput], {
    nullable: true,
    description:
      'Transcripts, at most 20. Each is added, or replaces the one of the same system and vendorId as a whole; others stay. One of another call is REFERENCE_CONFLICT; more than 20 of a call are LIMIT_EXCEEDED. null is INVALID.',
  })
  transcripts?: CallTranscriptInput[] | null;
}
