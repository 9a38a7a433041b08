import { Field, InputType, Int } from 'type-graphql';
import { Decimal, PhoneNumber, Url } from '../graphql/scalars.js';
import type { VoiceCallDirection, VoiceCallProvider, VoiceCallStatus } from './voice-call.enums.js';
import {
  VoiceCallDirectionEnum,
  VoiceCallProviderEnum,
  VoiceCallStatusEnum,
} from './voice-call-enums.type.js';

@InputType({
  description:
    'The whole record anew: all sixteen fields that vcita requires to update one. handledByStaffUid left out becomes null.',
})
export class UpdateVoiceCallInput {
  @Field(() => String, { description: 'The staff member of the call. vcita: `staff_uid`.' })
  staffUid!: string;

  @Field(() => String, { description: 'The client of the call. vcita: `client_uid`.' })
  clientUid!: string;

  @Field(() => PhoneNumber, { description: 'The number that the call came from. vcita: `from_number`.' })
  fromNumber!: string;

  @Field(() => PhoneNumber, { description: 'The number that the call was directed to. vcita: `to_number`.' })
  toNumber!: string;

  @Field(() => VoiceCallDirectionEnum, { description: 'Which way the call goes. vcita: `direction`.' })
  direction!: VoiceCallDirection;

  @Field(() => VoiceCallStatusEnum, { description: 'What became of it. vcita: `status`.' })
  status!: VoiceCallStatus;

  @Field(() => Decimal, { description: 'The rate, e.g. `"0.05"`, `"0"` when free. vcita: `rate`.' })
  rate!: string;

  @Field(() => Decimal, { description: 'The price in all, e.g. `"1.50"`. vcita: `price`.' })
  price!: string;

  @Field(() => VoiceCallProviderEnum, { description: 'Who carries the call. vcita: `provider`.' })
  provider!: VoiceCallProvider;

  @Field(() => String, {
    description:
      "The provider's id of the call, 1 to 500 characters. A changed one is added to the call's references, the old one stays. vcita: `source_id`.",
  })
  sourceId!: string;

  @Field(() => Int, { description: 'How long it lasted, in seconds; 0 or more. vcita: `duration`.' })
  duration!: number;

  @Field(() => String, { description: 'What was said, in short. vcita: `call_summary`.' })
  callSummary!: string;

  @Field(() => Url, { description: 'A page with more on the call. vcita: `external_app_url`.' })
  externalAppUrl!: string;

  @Field(() => String, { description: "That page's application. vcita: `external_app_name`." })
  externalAppName!: string;

  @Field(() => String, { description: 'The recording of the call. vcita: `recording_id`.' })
  recordingId!: string;

  @Field(() => String, {
    description:
      "The provider's other id of the call, 1 to 500 characters; as sourceId. vcita: `external_uuid`.",
  })
  externalUuid!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'Who handled the call or followed it up; left out or null: nobody. vcita: `handled_by_staff_uid`.',
  })
  handledByStaffUid?: string | null;
}

@InputType({
  description:
    'What is to change in a record. A field left out keeps its value; null clears price, duration, callSummary, externalAppUrl, externalAppName, recordingId and handledByStaffUid, and is INVALID elsewhere.',
})
export class PatchVoiceCallInput {
  @Field(() => String, { nullable: true, description: 'The staff member of the call. vcita: `staff_uid`.' })
  staffUid?: string | null;

  @Field(() => String, { nullable: true, description: 'The client of the call. vcita: `client_uid`.' })
  clientUid?: string | null;

  @Field(() => PhoneNumber, {
    nullable: true,
    description: 'The number that the call came from. vcita: `from_number`.',
  })
  fromNumber?: string | null;

  @Field(() => PhoneNumber, {
    nullable: true,
    description: 'The number that the call was directed to. vcita: `to_number`.',
  })
  toNumber?: string | null;

  @Field(() => VoiceCallDirectionEnum, {
    nullable: true,
    description: 'Which way the call goes. vcita: `direction`.',
  })
  direction?: VoiceCallDirection | null;

  @Field(() => VoiceCallStatusEnum, {
    nullable: true,
    description: 'What became of it, e.g. MISSED_CALL_HANDLED after MISSED. vcita: `status`.',
  })
  status?: VoiceCallStatus | null;

  @Field(() => Decimal, { nullable: true, description: 'The rate, e.g. `"0.05"`. vcita: `rate`.' })
  rate?: string | null;

  @Field(() => Decimal, { nullable: true, description: 'The price in all, e.g. `"1.50"`. vcita: `price`.' })
  price?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'How long it lasted, in seconds; 0 or more. vcita: `duration`.',
  })
  duration?: number | null;

  @Field(() => String, { nullable: true, description: 'What was said, in short. vcita: `call_summary`.' })
  callSummary?: string | null;

  @Field(() => Url, {
    nullable: true,
    description: 'A page with more on the call. vcita: `external_app_url`.',
  })
  externalAppUrl?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "That page's application. vcita: `external_app_name`.",
  })
  externalAppName?: string | null;

  @Field(() => String, { nullable: true, description: 'The recording of the call. vcita: `recording_id`.' })
  recordingId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Who handled the call or followed it up. vcita: `handled_by_staff_uid`.',
  })
  handledByStaffUid?: string | null;
}
