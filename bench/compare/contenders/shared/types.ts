import { GraphQLJSONObject } from 'graphql-scalars';
import { Field, ID, Int, InterfaceType, ObjectType, registerEnumType } from 'type-graphql';
import {
  CALL_FLOW_COMMAND_NAMES,
  CALL_FLOW_COMMAND_STATUSES,
} from '../../../../src/call-flows/call-flow.enums.js';
import { CALL_DIRECTIONS, CALL_STATUSES } from '../../../../src/calls/call.enums.js';
import { VOICE_CALL_STATUSES } from '../../../../src/voice-calls/voice-call.enums.js';

function enumOf(name: string, values: readonly string[]): object {
  const type = Object.fromEntries(values.map((value) => [value, value]));
  registerEnumType(type, { name });
  return type;
}
const CallDirection = enumOf('CallDirection', CALL_DIRECTIONS);
const CallStatus = enumOf('CallStatus', CALL_STATUSES);
const VoiceCallStatus = enumOf('VoiceCallStatus', VOICE_CALL_STATUSES);
const CallFlowStatus = enumOf('CallFlowStatus', ['ACTIVE', 'SUPERSEDED']);
const CommandName = enumOf('CallFlowCommandName', CALL_FLOW_COMMAND_NAMES);
const CommandStatus = enumOf('CallFlowCommandStatus', CALL_FLOW_COMMAND_STATUSES);
const CallEventMatch = enumOf('CallEventMatch', ['MATCHED', 'PENDING', 'AMBIGUOUS']);

/** Ids, voice calls and flows have resolvers of their own. */
@ObjectType({ simpleResolvers: true })
export class Call {
  @Field(() => CallDirection) direction!: string;
  @Field(() => CallStatus) status!: string;
  @Field(() => String, { nullable: true }) vendorStatus!: string | null;
  @Field(() => String, { nullable: true }) type!: string | null;
  @Field(() => String, { nullable: true }) from!: string | null;
  @Field(() => String, { nullable: true }) to!: string | null;
  @Field(() => String, { nullable: true }) customerNumber!: string | null;
  @Field(() => String, { nullable: true }) channelId!: string | null;
  @Field(() => [String]) tags!: string[];
  @Field(() => Int, { nullable: true }) duration!: number | null;
  @Field(() => Date, { nullable: true }) ringingAt!: Date | null;
  @Field(() => Date, { nullable: true }) startedAt!: Date | null;
  @Field(() => Date, { nullable: true }) answeredAt!: Date | null;
  @Field(() => Date, { nullable: true }) endedAt!: Date | null;
  @Field(() => GraphQLJSONObject) metadata!: Record<string, unknown>;
  @Field(() => Int) revision!: number;
  @Field(() => Date) createdAt!: Date;
  @Field(() => Date) updatedAt!: Date;
}

@ObjectType({ simpleResolvers: true })
export class CallConnection {
  @Field(() => [Call]) nodes!: Call[];
}

@ObjectType({ simpleResolvers: true })
export class VoiceCall {
  @Field(() => String) staffUid!: string;
  @Field(() => String) clientUid!: string;
  @Field(() => VoiceCallStatus) status!: string;
  @Field(() => String) rate!: string;
  @Field(() => String, { nullable: true }) price!: string | null;
  @Field(() => Int, { nullable: true }) duration!: number | null;
  @Field(() => String, { nullable: true }) callSummary!: string | null;
  @Field(() => Int) revision!: number;
  @Field(() => Date) createdAt!: Date;
  @Field(() => Date) updatedAt!: Date;
}

@ObjectType({ simpleResolvers: true })
export class CallFlow {
  @Field(() => Int) revision!: number;
  @Field(() => CallFlowStatus) status!: string;
}

@ObjectType({ simpleResolvers: true })
export class CallEvent {
  @Field(() => CallEventMatch) match!: string;
}

@InterfaceType()
export abstract class CallFlowCommand {
  @Field(() => ID) id!: string;
  @Field(() => CommandName) command!: string;
  @Field(() => CommandStatus) status!: string;
}

@ObjectType({ simpleResolvers: true, implements: CallFlowCommand })
export class AnswerCommand extends CallFlowCommand {
  @Field(() => [String]) media!: string[];
}

@ObjectType({ simpleResolvers: true, implements: CallFlowCommand })
export class RingingCommand extends CallFlowCommand {}

@ObjectType({ simpleResolvers: true, implements: CallFlowCommand })
export class HangupCommand extends CallFlowCommand {}

@ObjectType({ simpleResolvers: true, implements: CallFlowCommand })
export class PauseCommand extends CallFlowCommand {
  @Field(() => Int) pauseSeconds!: number;
}

@ObjectType({ simpleResolvers: true, implements: CallFlowCommand })
export class SayCommand extends CallFlowCommand {
  @Field(() => String) text!: string;
  @Field(() => String, { nullable: true }) locale!: string | null;
  @Field(() => String, { nullable: true }) voice!: string | null;
}

@ObjectType({ simpleResolvers: true, implements: CallFlowCommand })
export class PlaybackCommand extends CallFlowCommand {
  @Field(() => [String]) media!: string[];
  @Field(() => Int, { nullable: true }) loop!: number | null;
}

@ObjectType({ simpleResolvers: true, implements: CallFlowCommand })
export class GatherCommand extends CallFlowCommand {
  @Field(() => String, { nullable: true }) input!: string | null;
  @Field(() => Int, { nullable: true }) maxNumKeys!: number | null;
  @Field(() => String, { nullable: true }) endKey!: string | null;
  @Field(() => Int, { nullable: true }) timeout!: number | null;
}

@ObjectType({ simpleResolvers: true, implements: CallFlowCommand })
export class BridgeCommand extends CallFlowCommand {
  @Field(() => String) to!: string;
  @Field(() => String, { nullable: true }) from!: string | null;
  @Field(() => Int, { nullable: true }) ringTimeout!: number | null;
}

@ObjectType({ simpleResolvers: true, implements: CallFlowCommand })
export class RecordCommand extends CallFlowCommand {
  @Field(() => String, { nullable: true }) endKey!: string | null;
  @Field(() => Int, { nullable: true }) maxLength!: number | null;
  @Field(() => Boolean, { nullable: true }) beep!: boolean | null;
}

@ObjectType({ simpleResolvers: true })
export class UserError {
  @Field(() => String) code!: string;
  @Field(() => String) message!: string;
}

/** What every mutation answers beside its object; nothing is refused in this benchmark. */
@ObjectType({ simpleResolvers: true })
abstract class Payload {
  @Field(() => [UserError]) errors!: UserError[];
}

@ObjectType({ simpleResolvers: true })
export class MergeCallMetadataPayload extends Payload {
  @Field(() => Call, { nullable: true }) call!: Call | null;
}

@ObjectType({ simpleResolvers: true })
export class UpdateVoiceCallPayload extends Payload {
  @Field(() => VoiceCall, { nullable: true }) voiceCall!: VoiceCall | null;
}

@ObjectType({ simpleResolvers: true })
export class ReplaceCallFlowPayload extends Payload {
  @Field(() => CallFlow, { nullable: true }) callFlow!: CallFlow | null;
}

@ObjectType({ simpleResolvers: true })
export class RecordCallEventPayload extends Payload {
  @Field(() => CallEvent, { nullable: true }) event!: CallEvent | null;
}
