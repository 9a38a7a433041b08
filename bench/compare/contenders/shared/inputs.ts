import { GraphQLJSONObject } from 'graphql-scalars';
import { Field, ID, InputType, Int } from 'type-graphql';

type Json = Record<string, unknown>;

@InputType()
class MetadataFilter {
  @Field(() => GraphQLJSONObject, { nullable: true }) contains?: Json;
}

@InputType()
export class CallFilter {
  @Field(() => MetadataFilter, { nullable: true }) metadata?: MetadataFilter;
}

@InputType()
export class CallLocator {
  @Field(() => ID) id!: string;
}

@InputType()
export class VoiceCallLocator {
  @Field(() => ID) id!: string;
}

@InputType()
export class UpdateVoiceCallInput {
  @Field(() => String) staffUid!: string;
  @Field(() => String) clientUid!: string;
  @Field(() => String) fromNumber!: string;
  @Field(() => String) toNumber!: string;
  @Field(() => String) direction!: string;
  @Field(() => String) status!: string;
  @Field(() => String) rate!: string;
  @Field(() => String) price!: string;
  @Field(() => String) provider!: string;
  @Field(() => String) sourceId!: string;
  @Field(() => Int) duration!: number;
  @Field(() => String) callSummary!: string;
  @Field(() => String) externalAppUrl!: string;
  @Field(() => String) externalAppName!: string;
  @Field(() => String) recordingId!: string;
  @Field(() => String) externalUuid!: string;
  @Field(() => String, { nullable: true }) handledByStaffUid?: string | null;
}

@InputType()
class EmptyInput {
  @Field(() => Boolean, { nullable: true }) unused?: boolean;
}

@InputType()
class AnswerCommandInput {
  @Field(() => [String], { nullable: true }) media?: string[];
}

@InputType()
class SayCommandInput {
  @Field(() => String) text!: string;
  @Field(() => String, { nullable: true }) locale?: string;
  @Field(() => String, { nullable: true }) voice?: string;
}

@InputType()
class GatherCommandInput {
  @Field(() => String, { nullable: true }) input?: string;
  @Field(() => Int, { nullable: true }) maxNumKeys?: number;
  @Field(() => String, { nullable: true }) endKey?: string;
  @Field(() => Int, { nullable: true }) timeout?: number;
}

/** The commands of the workload; exactly one member is given. */
@InputType()
export class CallFlowCommandInput {
  @Field(() => EmptyInput, { nullable: true }) ringing?: EmptyInput;
  @Field(() => AnswerCommandInput, { nullable: true }) answer?: AnswerCommandInput;
  @Field(() => SayCommandInput, { nullable: true }) say?: SayCommandInput;
  @Field(() => GatherCommandInput, { nullable: true }) gather?: GatherCommandInput;
  @Field(() => EmptyInput, { nullable: true }) hangup?: EmptyInput;
}

@InputType()
class CallEventTarget {
  @Field(() => String, { nullable: true }) sessionId?: string;
  @Field(() => CallLocator, { nullable: true }) call?: CallLocator;
}

@InputType()
export class RecordCallEventInput {
  @Field(() => CallEventTarget) target!: CallEventTarget;
  @Field(() => Date) eventTime!: Date;
  @Field(() => GraphQLJSONObject) metadata!: Json;
}
