import { Field, InputType } from 'type-graphql';
import { Url } from '../../graphql/scalars.js';
import type { VoiceCallStatus } from '../../voice-calls/voice-call.enums.js';
import { VoiceCallStatusEnum } from '../../voice-calls/voice-call-enums.type.js';
import { ACCOUNT_MEMBERS } from './account-members.values.js';

const byDefault = (system: keyof typeof ACCOUNT_MEMBERS) =>
  `The URL of the API; https only. A new account without it has \`${ACCOUNT_MEMBERS[system].baseUrl}\`.`;

@InputType({ description: 'An account at Burki. A new one needs apiKey.' })
export class BurkiAccountInput {
  @Field(() => Url, { nullable: true, description: byDefault('BURKI') })
  baseUrl?: string | null;

  @Field(() => String, { nullable: true, description: 'The API key. Never shown again.' })
  apiKey?: string | null;
}

@InputType({ description: 'An account at Creovai. A new one needs baseUrl, clientId and clientSecret.' })
export class CreovaiAccountInput {
  @Field(() => Url, {
    nullable: true,
    description: 'The URL of your instance, e.g. `https://acme.audio.creovai.com`; https only.',
  })
  baseUrl?: string | null;

  @Field(() => String, { nullable: true, description: 'The client id. Never shown again.' })
  clientId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The client secret, which Creovai lets expire after a year. Never shown again.',
  })
  clientSecret?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      "Whether Creovai's support has set up Async Metadata Matching: events without a sessionId are sent too.",
  })
  matchesWithoutSession?: boolean | null;
}

@InputType({ description: 'An account at vcita. A new one needs token and businessUid.' })
export class VcitaAccountInput {
  @Field(() => Url, { nullable: true, description: byDefault('VCITA') })
  baseUrl?: string | null;

  @Field(() => String, { nullable: true, description: 'The token. Never shown again.' })
  token?: string | null;

  @Field(() => String, { nullable: true, description: 'The uid of the business.' })
  businessUid?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "Whether the token is a directory's: `X-On-Behalf-Of` is sent with it.",
  })
  directory?: boolean | null;

  @Field(() => VoiceCallStatusEnum, { nullable: true, description: 'The word that is sent for a voicemail.' })
  voicemailStatus?: VoiceCallStatus | null;
}

@InputType({ description: 'An account at Bird. A new one needs accessKey.' })
export class BirdAccountInput {
  @Field(() => Url, { nullable: true, description: byDefault('BIRD') })
  baseUrl?: string | null;

  @Field(() => String, { nullable: true, description: 'The access key. Never shown again.' })
  accessKey?: string | null;

  @Field(() => String, { nullable: true, description: 'The workspace of calls that name none.' })
  workspaceId?: string | null;

  @Field(() => String, { nullable: true, description: 'The channel of calls that name none.' })
  channelId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The key that Bird signs its webhooks with. Never shown again.',
  })
  signingKey?: string | null;
}

@InputType({
  description:
    'The vendor of an account, with what it needs; exactly one member. At an update, what is left out keeps its value, and the vendor must be the same. What the vendor cannot do without is INVALID when it is missing at creation.',
})
export class VendorSettingsInput {
  @Field(() => BurkiAccountInput, { nullable: true, description: 'Burki.' })
  burki?: BurkiAccountInput | null;

  @Field(() => CreovaiAccountInput, { nullable: true, description: 'Creovai.' })
  creovai?: CreovaiAccountInput | null;

  @Field(() => VcitaAccountInput, { nullable: true, description: 'vcita.' })
  vcita?: VcitaAccountInput | null;

  @Field(() => BirdAccountInput, { nullable: true, description: 'Bird.' })
  bird?: BirdAccountInput | null;
}
