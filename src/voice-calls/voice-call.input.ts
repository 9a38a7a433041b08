import { Field, ID, InputType, Int } from 'type-graphql';
import { CallLocator } from '../calls/call.input.js';
import { Decimal, PhoneNumber, Url } from '../graphql/scalars.js';
import type { VoiceCallDirection, VoiceCallProvider, VoiceCallStatus } from './voice-call.enums.js';
import {
  VoiceCallDirectionEnum,
  VoiceCallProviderEnum,
  VoiceCallStatusEnum,
} from './voice-call-enums.type.js';

@InputType({
  description:
    'Names one voice call, by its id or by its call: exactly one member. A malformed id, or one of another type, is INVALID; a voice call that is unknown, or a call that has none, is NOT_FOUND.',
})
export class VoiceCallLocator {
  @Field(() => ID, {
    nullable: true,
    description: "The voice call's id, e.g. `voice_call_01h2xcejqtf2nbrexx3vqjhp41`.",
  })
  id?: string;

  @Field(() => CallLocator, {
    nullable: true,
    description: 'Its call, e.g. `{ reference: { system: VCITA, name: "uid", value: "…" } }`.',
  })
  call?: CallLocator;
}

@InputType({
  description:
    'A new voice call; required is what vcita requires to create one. null in an optional field is the same as leaving it out.',
})
export class CreateVoiceCallInput {
  @Field(() => String, {
    nullable: true,
    description: "vcita's `uid`; becomes the call's reference VCITA `uid`. 1 to 500 characters.",
  })
  uid?: string | null;

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

  @Field(() => VoiceCallProviderEnum, { description: 'Who carries the call. vcita: `provider`.' })
  provider!: VoiceCallProvider;

  @Field(() => String, {
    description:
      "The provider's id of the call; becomes the call's reference VCITA `sourceId`. 1 to 500 characters. vcita: `source_id`.",
  })
  sourceId!: string;

  @Field(() => String, {
    description:
      "The provider's other id of it; becomes the call's reference VCITA `externalUuid`. 1 to 500 characters. vcita: `external_uuid`.",
  })
  externalUuid!: string;

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
