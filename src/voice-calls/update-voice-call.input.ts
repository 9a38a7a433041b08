import { Field, InputType } from 'type-graphql';
import { Decimal } from '../graphql/scalars.js';
import type { VoiceCallDirection, VoiceCallProvider, VoiceCallStatus } from './voice-call.enums.js';
import { VoiceCallStatusEnum } from './voice-call-enums.type.js';
import * as Fields from './voice-call-fields.type.js';

@InputType({
  description:
    'The complete new record: all sixteen fields that vcita requires for an update. handledByStaffUid becomes null if omitted.',
})
export class UpdateVoiceCallInput {
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

  @Fields.Rate()
  rate!: string;

  @Fields.Price()
  price!: string;

  @Fields.Provider()
  provider!: VoiceCallProvider;

  @Field(() => String, {
    description:
      "The provider's id of the call, 1 to 500 characters. A changed id is added to the call's references; the old one stays. vcita: `source_id`.",
  })
  sourceId!: string;

  @Fields.Duration()
  duration!: number;

  @Fields.CallSummary()
  callSummary!: string;

  @Fields.ExternalAppUrl()
  externalAppUrl!: string;

  @Fields.ExternalAppName()
  externalAppName!: string;

  @Fields.RecordingId()
  recordingId!: string;

  @Field(() => String, {
    description:
      "The provider's other id of the call, 1 to 500 characters; as sourceId. vcita: `external_uuid`.",
  })
  externalUuid!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'The staff member who handled the call or followed it up; omitted or null: none. vcita: `handled_by_staff_uid`.',
  })
  handledByStaffUid?: string | null;
}

@InputType({
  description:
    'The fields to change. An omitted field keeps its value; null clears price, duration, callSummary, externalAppUrl, externalAppName, recordingId and handledByStaffUid, and is INVALID elsewhere.',
})
export class PatchVoiceCallInput {
  @Fields.StaffUid({ nullable: true })
  staffUid?: string | null;

  @Fields.ClientUid({ nullable: true })
  clientUid?: string | null;

  @Fields.FromNumber({ nullable: true })
  fromNumber?: string | null;

  @Fields.ToNumber({ nullable: true })
  toNumber?: string | null;

  @Fields.Direction({ nullable: true })
  direction?: VoiceCallDirection | null;

  @Field(() => VoiceCallStatusEnum, {
    nullable: true,
    description: 'The outcome, e.g. MISSED_CALL_HANDLED after MISSED. vcita: `status`.',
  })
  status?: VoiceCallStatus | null;

  @Field(() => Decimal, { nullable: true, description: 'The rate, e.g. `"0.05"`. vcita: `rate`.' })
  rate?: string | null;

  @Fields.Price({ nullable: true })
  price?: string | null;

  @Fields.Duration({ nullable: true })
  duration?: number | null;

  @Fields.CallSummary({ nullable: true })
  callSummary?: string | null;

  @Fields.ExternalAppUrl({ nullable: true })
  externalAppUrl?: string | null;

  @Fields.ExternalAppName({ nullable: true })
  externalAppName?: string | null;

  @Fields.RecordingId({ nullable: true })
  recordingId?: string | null;

  @Fields.HandledByStaffUid({ nullable: true })
  handledByStaffUid?: string | null;
}
