import { Field, ID, InputType } from 'type-graphql';
import { CallLocator } from '../calls/call.input.js';
import type { VoiceCallDirection, VoiceCallProvider, VoiceCallStatus } from './voice-call.enums.js';
import * as Fields from './voice-call-fields.type.js';

@InputType({
  description:
    'Identifies one voice call, by its id or by its call: give exactly one member. A malformed id, or an id of another type, is INVALID; an unknown voice call, or a call without one, is NOT_FOUND.',
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
    'A new voice call. The required fields are those that vcita requires, except the rate, which imports do not have. null in an optional field is the same as omitting it.',
})
export class CreateVoiceCallInput {
  @Field(() => String, {
    nullable: true,
    description: "vcita's `uid`; becomes the call's reference VCITA `uid`. 1 to 500 characters.",
  })
  uid?: string | null;

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

  @Fields.Rate({ nullable: true })
  rate?: string | null;

  @Fields.Provider()
  provider!: VoiceCallProvider;

  @Field(() => String, {
    description:
      "The provider's id of the call; becomes the call's reference VCITA `sourceId`. 1 to 500 characters. vcita: `source_id`.",
  })
  sourceId!: string;

  @Field(() => String, {
    description:
      "The provider's other id of the call; becomes the call's reference VCITA `externalUuid`. 1 to 500 characters. vcita: `external_uuid`.",
  })
  externalUuid!: string;

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
