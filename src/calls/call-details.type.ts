import { Field, InputType, Int, ObjectType } from 'type-graphql';
import { Decimal } from '../graphql/scalars.js';

const ASSISTANT = 'The voice assistant that spoke. Burki: `assistant_id`, `assistant_name`.';

@ObjectType({ simpleResolvers: true, description: ASSISTANT })
@InputType('AssistantInput', { description: `${ASSISTANT} Replaced as a whole.` })
export class Assistant {
  @Field(() => String, {
    description: "The vendor's id of the assistant, as text, e.g. `123`. Burki: `assistant_id`.",
  })
  assistantId!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Its name, e.g. `ServiceBot`. Burki: `assistant_name`.',
  })
  name!: string | null;
}

const HANGUP = 'Who hung up, and why.';

@ObjectType({ simpleResolvers: true, description: HANGUP })
@InputType('CallHangupInput', { description: `${HANGUP} Replaced as a whole.` })
export class CallHangup {
  @Field(() => Int, {
    nullable: true,
    description: "The network's cause code, e.g. `16` (Q.850). Bird: `hangupCauseCode`.",
  })
  causeCode!: number | null;

  @Field(() => String, { nullable: true, description: 'Who hung up, e.g. `callee`. Bird: `hangupSource`.' })
  source!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The SIP response code, e.g. `200`. Bird: `hangupSipCode`.',
  })
  sipCode!: string | null;
}

const COST = 'The cost of a call, in total and by component; all amounts are in `currency`.';

@ObjectType({ simpleResolvers: true, description: COST })
@InputType({ description: COST })
abstract class CallCostAmounts {
  @Field(() => Decimal, {
    nullable: true,
    description: 'The total as the vendor gave it, not computed. Burki: `total_cost`.',
  })
  total!: string | null;

  @Field(() => Decimal, { nullable: true, description: 'The language model. Burki: `llm_cost`.' })
  llm!: string | null;

  @Field(() => Decimal, { nullable: true, description: 'Text to speech. Burki: `tts_cost`.' })
  tts!: string | null;

  @Field(() => Decimal, { nullable: true, description: 'Speech to text. Burki: `stt_cost`.' })
  stt!: string | null;

  @Field(() => Decimal, { nullable: true, description: 'The telephone network. Burki: `telephony_cost`.' })
  telephony!: string | null;
}

const CURRENCY = 'ISO 4217: three capital letters, e.g. `USD`. Burki: `cost_currency`.';

@ObjectType({ simpleResolvers: true, description: COST })
export class CallCost extends CallCostAmounts {
  @Field(() => String, { description: CURRENCY })
  currency!: string;
}

@InputType({ description: `${COST} Replaced as a whole.` })
export class CallCostInput extends CallCostAmounts {
  @Field(() => String, {
    nullable: true,
    defaultValue: 'USD',
    description: `${CURRENCY} null is the same as omitted.`,
  })
  currency!: string | null;
}

const DETECTION = 'The result of answering machine detection. Bird: `amdResult`.';

@ObjectType({ simpleResolvers: true, description: DETECTION })
@InputType('AnsweringMachineDetectionInput', { description: `${DETECTION} Replaced as a whole.` })
export class AnsweringMachineDetection {
  @Field(() => String, { nullable: true, description: 'Who answered, e.g. `human`.' })
  result!: string | null;

  @Field(() => String, { nullable: true, description: 'The recognized speech.' })
  speech!: string | null;

  @Field(() => String, { nullable: true, description: 'The language of the speech, e.g. `en-US`.' })
  locale!: string | null;
}

const QUALITY = 'The quality of the connection. Bird: `qualityInsights`.';

@ObjectType({ simpleResolvers: true, description: QUALITY })
@InputType('CallQualityInput', { description: `${QUALITY} Replaced as a whole.` })
export class CallQuality {
  @Field(() => String, {
    nullable: true,
    description: 'Mean opinion score, from 1 (bad) to 5, as the vendor writes it.',
  })
  mos!: string | null;

  @Field(() => String, { nullable: true, description: 'Post-dial delay, as the vendor writes it.' })
  pdd!: string | null;
}

const SIP = 'Details of the SIP signalling. Bird: `sipInsights`.';

@ObjectType({ simpleResolvers: true, description: SIP })
@InputType('SipInsightsInput', { description: `${SIP} Replaced as a whole.` })
export class SipInsights {
  @Field(() => String, { nullable: true, description: 'The SIP response code that ended the call.' })
  hangupSipCode!: string | null;

  @Field(() => String, { nullable: true, description: "The vendor's region that carried the call." })
  edgeRegion!: string | null;

  @Field(() => String, { nullable: true, description: 'The carrier.' })
  providerName!: string | null;

  @Field(() => String, { nullable: true, description: 'The user agent of the remote party.' })
  userAgent!: string | null;

  @Field(() => String, { nullable: true, description: 'The remote IP address for signalling.' })
  remoteSignallingIp!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The remote IP address for media.',
  })
  remoteMediaIp!: string | null;
}
