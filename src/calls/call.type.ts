import { Field, Int, ObjectType } from 'type-graphql';
import { ConnectionOf, EdgeOf } from '../graphql/connection.js';
import { JSONObject, type JsonObject } from '../graphql/json-object.js';
import { Node } from '../graphql/node.type.js';
import { DateTime, Url } from '../graphql/scalars.js';
import type { CallDirection, CallStatus } from './call.enums.js';
import {
  AnsweringMachineDetection,
  Assistant,
  CallCost,
  CallHangup,
  CallQuality,
  SipInsights,
} from './call-details.type.js';
import { CallDirectionEnum, CallStatusEnum } from './call-enums.type.js';
import { CallParticipant } from './call-participant.type.js';

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description:
    'A telephone call. Combines the data of all vendors that know the call, matched by its references.',
})
export class Call extends Node {
  @Field(() => CallDirectionEnum, {
    description: 'The direction of the call; UNKNOWN until a vendor reports it.',
  })
  direction!: CallDirection;

  @Field(() => CallStatusEnum, {
    description:
      'The status of the call. Once it is terminal (COMPLETED, NO_ANSWER, VOICEMAIL, BUSY, CANCELED, FAILED), no live status replaces it.',
  })
  status!: CallStatus;

  @Field(() => String, {
    nullable: true,
    description:
      "The vendor's own word for the status, unchanged, e.g. `no-answer`; null if the status was given without one.",
  })
  vendorStatus!: string | null;

  @Field(() => String, {
    nullable: true,
    description: "`pstn`, `sip`, … in the vendor's words. Bird: `type`.",
  })
  type!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The calling party: an E.164 number, a SIP URI or any other form that the vendor gave; null if unknown or withheld.',
  })
  from!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The called party, in the same forms as `from`. Burki: `to_phone_number`.',
  })
  to!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "The outside party's number: the given one (Burki: `customer_phone_number`), otherwise `from` of an INBOUND or `to` of an OUTBOUND call.",
  })
  customerNumber!: string | null;

  @Field(() => CallParticipant, {
    nullable: true,
    description: 'Details of the calling party. Bird: `originator`.',
  })
  originator!: CallParticipant | null;

  @Field(() => CallParticipant, {
    nullable: true,
    description: 'Details of the called party. Bird: `receiver`.',
  })
  receiver!: CallParticipant | null;

  @Field(() => String, { nullable: true, description: "Bird's workspace (`workspaceId`)." })
  workspaceId!: string | null;

  @Field(() => String, { nullable: true, description: "Bird's channel (`channelId`)." })
  channelId!: string | null;

  @Field(() => Assistant, { nullable: true, description: 'The voice assistant that spoke.' })
  assistant!: Assistant | null;

  @Field(() => [String], { description: 'Free labels, at most 50, as given. Bird: `tags`.' })
  tags!: string[];

  @Field(() => Url, {
    nullable: true,
    description:
      'The URL to which the vendor reports on the call; the gateway never requests it. Bird: `notification.url`.',
  })
  notificationUrl!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The kind of SIP trunk, e.g. `elastic`. Bird: `sipType`.',
  })
  sipType!: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The reason for the status, in the vendor's words. Bird: `reason`.",
  })
  reason!: string | null;

  @Field(() => CallHangup, { nullable: true, description: 'Who hung up, and why; null until then.' })
  hangup!: CallHangup | null;

  @Field(() => Int, { nullable: true, description: 'The duration in seconds; null until known.' })
  duration!: number | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When the call is to be placed. Bird: `scheduledFor`.',
  })
  scheduledFor!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it started ringing. Bird: `ringingAt`.' })
  ringingAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it started. Burki: `started_at`.' })
  startedAt!: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When it was answered. Bird: `answeredAt`.',
  })
  answeredAt!: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description:
      'When it ended: given by the vendor or set by hangUpCall. A terminal status alone does not set it. Burki: `ended_at`, Bird: `endedAt`.',
  })
  endedAt!: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description: "When the vendor created its record; `createdAt` is this gateway's time. Bird: `createdAt`.",
  })
  vendorCreatedAt!: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description:
      "When the vendor last changed its record; `updatedAt` is this gateway's time. Bird: `updatedAt`.",
  })
  vendorUpdatedAt!: Date | null;

  @Field(() => CallCost, { nullable: true, description: 'What it cost.' })
  cost!: CallCost | null;

  @Field(() => AnsweringMachineDetection, {
    nullable: true,
    description: 'Whether a person or a machine answered.',
  })
  answeringMachineDetection!: AnsweringMachineDetection | null;

  @Field(() => CallQuality, { nullable: true, description: 'The quality of the connection.' })
  quality!: CallQuality | null;

  @Field(() => SipInsights, { nullable: true, description: 'Details of the SIP signalling.' })
  sip!: SipInsights | null;

  @Field(() => JSONObject, {
    description:
      'Data that clients attached to the call (Burki: `call_meta`), `{}` at first; the result of all its merge patches. Change it with mergeCallMetadata.',
  })
  metadata!: JsonObject;

  @Field(() => Int, {
    description:
      'Starts at 1 and grows by one with every mutation that changes the call, its voice call or its flow.',
  })
  revision!: number;

  @Field(() => DateTime, { description: 'When the gateway created the call.' })
  createdAt!: Date;

  @Field(() => DateTime, { description: 'When its revision last changed.' })
  updatedAt!: Date;
}

@ObjectType({ simpleResolvers: true, description: 'A call in a list, with its cursor.' })
export class CallEdge extends EdgeOf(() => Call) {}

@ObjectType({ simpleResolvers: true, description: 'A page of calls.' })
export class CallConnection extends ConnectionOf(
  () => CallEdge,
  () => Call,
) {}
