import { Field, Int, ObjectType } from 'type-graphql';
import { ConnectionOf, EdgeOf } from '../graphql/connection.js';
import { Node } from '../graphql/node.type.js';
import { DateTime, Decimal, Url } from '../graphql/scalars.js';
import { UserError } from '../graphql/user-error.type.js';
import type { VoiceCallDirection, VoiceCallProvider, VoiceCallStatus } from './voice-call.enums.js';
import * as Fields from './voice-call-fields.type.js';

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description:
    'The business record of a call, modelled on vcita: who handled it, for which client, at what price. A call has at most one.',
})
export class VoiceCall extends Node {
  @Field(() => String, {
    nullable: true,
    description: "vcita's own `uid`; also the call's reference VCITA `uid`. Null if none was given.",
  })
  uid!: string | null;

  @Fields.StaffUid()
  staffUid!: string;

  @Fields.ClientUid()
  clientUid!: string;

  @Fields.FromNumber()
  fromNumber!: string;

  @Fields.ToNumber()
  toNumber!: string;

  @Fields.Direction()
  direction!: VoiceCallDirection;

  @Fields.Status()
  status!: VoiceCallStatus;

  @Field(() => Decimal, {
    nullable: true,
    description:
      'The rate of the call, e.g. `"0.05"`, `"0"` when free; null if only the vendor knows it. vcita: `rate`.',
  })
  rate!: string | null;

  @Field(() => Decimal, {
    nullable: true,
    description: 'The total price, e.g. `"1.50"`; null until known. vcita: `price`.',
  })
  price!: string | null;

  @Fields.Provider()
  provider!: VoiceCallProvider;

  @Field(() => String, {
    description:
      "The provider's id of the call; also the call's reference VCITA `sourceId`. vcita: `source_id`.",
  })
  sourceId!: string;

  @Field(() => String, {
    description:
      "The provider's other id of the call, usually Vonage's conversation id; also the call's reference VCITA `externalUuid`. vcita: `external_uuid`.",
  })
  externalUuid!: string;

  @Field(() => Int, {
    nullable: true,
    description: 'The duration in seconds; null until known. vcita: `duration`.',
  })
  duration!: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'A summary of the conversation; null until known. vcita: `call_summary`.',
  })
  callSummary!: string | null;

  @Field(() => Url, {
    nullable: true,
    description:
      'A page with details of the call in another application; null until known. vcita: `external_app_url`.',
  })
  externalAppUrl!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The name of that application; null until known. vcita: `external_app_name`.',
  })
  externalAppName!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The recording of the call; null until known. vcita: `recording_id`.',
  })
  recordingId!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The staff member who handled the call or followed it up. vcita: `handled_by_staff_uid`.',
  })
  handledByStaffUid!: string | null;

  @Field(() => Int, {
    description:
      'Starts at 1 and grows by one with every change of this record; expectedRevision is compared with it.',
  })
  revision!: number;

  @Field(() => DateTime, { description: 'When the gateway created the record.' })
  createdAt!: Date;

  @Field(() => DateTime, { description: 'When its revision last changed.' })
  updatedAt!: Date;
}

const PRESENT = 'The record as it is now; also returned with REVISION_CONFLICT. Null on any other refusal.';
const ERRORS = 'Why nothing was written; empty on success.';

@ObjectType({ simpleResolvers: true, description: 'A voice call in a list, with its cursor.' })
export class VoiceCallEdge extends EdgeOf(() => VoiceCall) {}

@ObjectType({ simpleResolvers: true, description: 'A page of voice calls.' })
export class VoiceCallConnection extends ConnectionOf(
  () => VoiceCallEdge,
  () => VoiceCall,
) {}

@ObjectType({ simpleResolvers: true, description: 'The result of createVoiceCall.' })
export class CreateVoiceCallPayload {
  @Field(() => VoiceCall, {
    nullable: true,
    description: 'The new record, or the existing one with ALREADY_EXISTS. Null on any other refusal.',
  })
  voiceCall?: VoiceCall | null;

  @Field(() => [UserError], { description: ERRORS })
  errors!: UserError[];
}

@ObjectType({ simpleResolvers: true, description: 'The result of updateVoiceCall.' })
export class UpdateVoiceCallPayload {
  @Field(() => VoiceCall, { nullable: true, description: PRESENT })
  voiceCall?: VoiceCall | null;

  @Field(() => [UserError], { description: ERRORS })
  errors!: UserError[];
}

@ObjectType({
  simpleResolvers: true,
  description: 'The result of patchVoiceCall, and of each item of patchVoiceCalls.',
})
export class PatchVoiceCallPayload {
  @Field(() => VoiceCall, { nullable: true, description: PRESENT })
  voiceCall?: VoiceCall | null;

  @Field(() => [UserError], { description: ERRORS })
  errors!: UserError[];
}
