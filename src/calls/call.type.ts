import { Field, Int, ObjectType } from 'type-graphql';
import { ConnectionOf, EdgeOf } from '../graphql/connection.js';
import { JSONObject, type JsonObject } from '../graphql/json-object.js';
import { Node } from '../graphql/node.type.js';
import { DateTime, Url } from '../graphql/scalars.js';
import type { CallDirection, CallStatus } from './call.enums.js';
import { CallDirectionEnum, CallStatusEnum } from './call-enums.type.js';
import { CallParticipant } from './call-participant.type.js';
import {
  AnsweringMachineDetection,
  Assistant,
  CallCost,
  CallHangup,
  CallQuality,
  SipInsights,
} from './call-parts.type.js';

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description:
    'One telephone call, whichever and however many vendors know it: what each of them said of it is joined here, by its references.',
})
export class Call extends Node {
  @Field(() => CallDirectionEnum, { description: 'Which way the call goes; UNKNOWN until somebody says.' })
  direction!: CallDirection;

  @Field(() => CallStatusEnum, {
    description:
      'Where the call stands. Once it is terminal (COMPLETED, NO_ANSWER, VOICEMAIL, BUSY, CANCELED, FAILED), no live status replaces it.',
  })
  status!: CallStatus;

  @Field(() => String, {
    nullable: true,
    description:
      "The vendor's own word for the status, untouched, e.g. `no-answer`; null where the status was given without one.",
  })
  vendorStatus!: string | null;

  @Field(() => String, {
    nullable: true,
    description: '`pstn`, `sip`, … as the vendor says it. Bird: `type`.',
  })
  type!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Who called: an E.164 number, a SIP URI or whatever the vendor gave; null while unknown or withheld.',
  })
  from!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Who was called, in the same forms as `from`. Burki: `to_phone_number`.',
  })
  to!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "The outside party's number: what was given (Burki: `customer_phone_number`); else `from` when INBOUND, `to` when OUTBOUND.",
  })
  customerNumber!: string | null;

  @Field(() => CallParticipant, {
    nullable: true,
    description: 'The calling party in full. Bird: `originator`.',
  })
  originator!: CallParticipant | null;

  @Field(() => CallParticipant, {
    nullable: true,
    description: 'The called party in full. Bird: `receiver`.',
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
      'Where the vendor reports on the call; the gateway itself never calls it. Bird: `notification.url`.',
  })
  notificationUrl!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The kind of SIP trunk, e.g. `elastic`. Bird: `sipType`.',
  })
  sipType!: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Why the call is where it is, in the vendor's words. Bird: `reason`.",
  })
  reason!: string | null;

  @Field(() => CallHangup, { nullable: true, description: 'Who hung up, and why; null while nobody has.' })
  hangup!: CallHangup | null;

  @Field(() => Int, { nullable: true, description: 'How long it lasted, in seconds; null until known.' })
  duration!: number | null;

  @Field(() => DateTime, { nullable: true, description: 'When it is to be placed. Bird: `scheduledFor`.' })
  scheduledFor!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it began to ring. Bird: `ringingAt`.' })
  ringingAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it began. Burki: `started_at`.' })
  startedAt!: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When somebody or something answered. Bird: `answeredAt`.',
  })
  answeredAt!: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description:
      'When it ended, as the vendor gave it or hangUpCall set it; a status alone does not. Burki: `ended_at`, Bird: `endedAt`.',
  })
  endedAt!: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When the vendor made its record; `createdAt` is ours. Bird: `createdAt`.',
  })
  vendorCreatedAt!: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When the vendor last changed its record; `updatedAt` is ours. Bird: `updatedAt`.',
  })
  vendorUpdatedAt!: Date | null;

  @Field(() => CallCost, { nullable: true, description: 'What it cost.' })
  cost!: CallCost | null;

  @Field(() => AnsweringMachineDetection, {
    nullable: true,
    description: 'Whether a person or a machine answered.',
  })
  answeringMachineDetection!: AnsweringMachineDetection | null;

  @Field(() => CallQuality, { nullable: true, description: 'How well the line worked.' })
  quality!: CallQuality | null;

  @Field(() => SipInsights, { nullable: true, description: 'How it was signalled.' })
  sip!: SipInsights | null;

  @Field(() => JSONObject, {
    description:
      "Whatever clients attached to the call (Burki: `call_meta`), `{}` at first; always the fold of the call's merge patches. Change it with mergeCallMetadata.",
  })
  metadata!: JsonObject;

  @Field(() => Int, {
    description:
      'Grows by one with every mutation that changes the call, its voice call or its flow; 1 at first.',
  })
  revision!: number;

  @Field(() => DateTime, { description: 'When the gateway first heard of the call.' })
  createdAt!: Date;

  @Field(() => DateTime, { description: 'When its revision last grew.' })
  updatedAt!: Date;
}

@ObjectType({ simpleResolvers: true, description: 'A call in a list, with its place.' })
export class CallEdge extends EdgeOf(() => Call) {}

@ObjectType({ simpleResolvers: true, description: 'A page of calls.' })
export class CallConnection extends ConnectionOf(
  () => CallEdge,
  () => Call,
) {}
