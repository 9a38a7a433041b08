import { Field, InputType, Int, ObjectType } from 'type-graphql';
import { Decimal } from '../graphql/scalars.js';

const ASSISTANT = 'The voice assistant that spoke. Burki: `assistant_id`, `assistant_name`.';

@ObjectType({ simpleResolvers: true, description: ASSISTANT })
@InputType('AssistantInput', { description: `${ASSISTANT} Replaced whole.` })
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
@InputType('CallHangupInput', { description: `${HANGUP} Replaced whole.` })
export class CallHangup {
  @Field(() => Int, {
    nullable: true,
    description: "The network's cause code, e.g. 16 (Q.850). Bird: `hangupCauseCode`.",
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

const COST = 'What a call cost, in all and by part; all amounts in `currency`.';

@ObjectType({ simpleResolvers: true, description: COST })
@InputType('CallCostInput', { description: `${COST} Replaced whole.` })
export class CallCost {
  @Field(() => Decimal, {
    nullable: true,
    description: 'In all; not computed, but as the vendor gave it. Burki: `total_cost`.',
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

  @Field(() => String, {
    defaultValue: 'USD',
    description: 'ISO 4217: three capital letters, e.g. `USD`. Burki: `cost_currency`.',
  })
  currency!: string;
}

const DETECTION = 'What was found when the call was tested for an answering machine. Bird: `amdResult`.';

@ObjectType({ simpleResolvers: true, description: DETECTION })
@InputType('AnsweringMachineDetectionInput', { description: `${DETECTION} Replaced whole.` })
export class AnsweringMachineDetection {
  @Field(() => String, { nullable: true, description: 'Who answered, e.g. `human`.' })
  result!: string | null;

  @Field(() => String, { nullable: true, description: 'What was heard.' })
  speech!: string | null;

  @Field(() => String, { nullable: true, description: 'The language of it, e.g. `en-US`.' })
  locale!: string | null;
}

const QUALITY = 'How well the line worked. Bird: `qualityInsights`.';

@ObjectType({ simpleResolvers: true, description: QUALITY })
@InputType('CallQualityInput', { description: `${QUALITY} Replaced whole.` })
export class CallQuality {
  @Field(() => String, {
    nullable: true,
    description: 'Mean opinion score, from 1 (bad) to 5, as the vendor writes it.',
  })
  mos!: string | null;

  @Field(() => String, { nullable: true, description: 'Post-dial delay, as the vendor writes it.' })
  pdd!: string | null;
}

const SIP = 'How the call was signalled. Bird: `sipInsights`.';

@ObjectType({ simpleResolvers: true, description: SIP })
@InputType('SipInsightsInput', { description: `${SIP} Replaced whole.` })
export class SipInsights {
  @Field(() => String, { nullable: true, description: 'The SIP code with which the call ended.' })
  hangupSipCode!: string | null;

  @Field(() => String, { nullable: true, description: "The vendor's region that carried the call." })
  edgeRegion!: string | null;

  @Field(() => String, { nullable: true, description: 'The carrier.' })
  providerName!: string | null;

  @Field(() => String, { nullable: true, description: "The other side's software, as it names itself." })
  userAgent!: string | null;

  @Field(() => String, { nullable: true, description: 'The address from which the other side signalled.' })
  remoteSignallingIp!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The address from which the other side sent its voice.',
  })
  remoteMediaIp!: string | null;
}
