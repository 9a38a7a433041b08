import { Field, Int, InterfaceType, ObjectType } from 'type-graphql';
import { Node } from '../graphql/node.type.js';
import type { CallFlowCommandName, CallFlowCommandStatus } from './call-flow.enums.js';
import { CallFlowCommandNameEnum, CallFlowCommandStatusEnum } from './call-flow-enums.type.js';
import { CallFlowCondition, PlaybackPrompt, SayPrompt } from './call-flow-prompts.type.js';
import * as Option from './command-options.js';

@InterfaceType({
  implements: Node,
  description:
    'One step of a flow. A step runs when all its conditions hold. Select its options with `... on SayCommand`.',
})
export abstract class CallFlowCommand extends Node {
  @Field(() => String, {
    nullable: true,
    description:
      "The vendor's id of the command, once recordCallFlowProgress has reported it. Bird: `callFlow.commands[].id`.",
  })
  vendorId!: string | null;

  @Field(() => CallFlowCommandNameEnum, { description: 'Which command it is. Bird: `command`.' })
  command!: CallFlowCommandName;

  @Field(() => CallFlowCommandStatusEnum, { description: 'Its progress; ACCEPTED at first.' })
  status!: CallFlowCommandStatus;

  @Field(() => [CallFlowCondition], {
    description: 'It runs if all of these hold; without conditions it always runs.',
  })
  conditions!: CallFlowCondition[];
}

@ObjectType({
  implements: CallFlowCommand,
  simpleResolvers: true,
  description: 'Answers the call. Bird: `answer`.',
})
export class AnswerCommand extends CallFlowCommand {
  @Field(() => [String], { description: 'Audio files to play on answering, in order; often none.' })
  media!: string[];

  @Option.Loop()
  loop!: number | null;

  @Option.Timeout()
  timeout!: number | null;
}

@ObjectType({
  implements: CallFlowCommand,
  simpleResolvers: true,
  description: 'Plays a ringing tone to the caller. Bird: `ringing`.',
})
export class RingingCommand extends CallFlowCommand {}

@ObjectType({ implements: CallFlowCommand, simpleResolvers: true, description: 'Hangs up. Bird: `hangup`.' })
export class HangupCommand extends CallFlowCommand {}

@ObjectType({ implements: CallFlowCommand, simpleResolvers: true, description: 'Waits. Bird: `pause`.' })
export class PauseCommand extends CallFlowCommand {
  @Field(() => Int, { description: 'How long, in seconds; 0 or more, and 0 if a vendor reported the flow.' })
  pauseSeconds!: number;
}

@ObjectType({
  implements: CallFlowCommand,
  simpleResolvers: true,
  description: 'Plays audio files. Bird: `playback`.',
})
export class PlaybackCommand extends CallFlowCommand {
  @Field(() => [String], {
    description: 'The audio files, in order; 1 to 20, but none if a vendor reported the flow.',
  })
  media!: string[];

  @Option.Loop()
  loop!: number | null;

  @Option.Timeout()
  timeout!: number | null;

  @Option.PauseMilliseconds()
  pauseMilliseconds!: number | null;
}

@ObjectType({
  implements: CallFlowCommand,
  simpleResolvers: true,
  description: 'Speaks a text. Bird: `say`.',
})
export class SayCommand extends CallFlowCommand {
  @Field(() => String, { description: 'The text to speak; empty if a vendor reported the flow.' })
  text!: string;

  @Option.Locale()
  locale!: string | null;

  @Option.Voice()
  voice!: string | null;

  @Option.Loop()
  loop!: number | null;

  @Option.Timeout()
  timeout!: number | null;
}

@ObjectType({
  implements: CallFlowCommand,
  simpleResolvers: true,
  description: 'Collects key presses; `say` or `playback` is the prompt. Bird: `gather`.',
})
export class GatherCommand extends CallFlowCommand {
  @Option.GatherInput()
  input!: string | null;

  @Option.MaxNumKeys()
  maxNumKeys!: number | null;

  @Option.EndKey()
  endKey!: string | null;

  @Option.Timeout()
  timeout!: number | null;

  @Option.Retries()
  retries!: number | null;

  @Option.SpeechLocale()
  speechLocale!: string | null;

  @Field(() => SayPrompt, { nullable: true, description: 'The prompt, if spoken.' })
  say!: SayPrompt | null;

  @Field(() => PlaybackPrompt, { nullable: true, description: 'The prompt, if played.' })
  playback!: PlaybackPrompt | null;
}

@ObjectType({
  implements: CallFlowCommand,
  simpleResolvers: true,
  description:
    'Records the caller, as a voicemail does; ends at endKey, silence or maxLength. Bird: `record`.',
})
export class RecordCommand extends CallFlowCommand {
  @Option.EndKey()
  endKey!: string | null;

  @Option.MaxLength()
  maxLength!: number | null;

  @Option.Timeout()
  timeout!: number | null;

  @Option.Beep()
  beep!: boolean | null;

  @Option.Transcribe()
  transcribe!: boolean | null;

  @Option.TranscribeLocale()
  transcribeLocale!: string | null;
}

@ObjectType({
  implements: CallFlowCommand,
  simpleResolvers: true,
  description: 'Connects a second party; the vendor creates a separate call for it. Bird: `bridge`.',
})
export class BridgeCommand extends CallFlowCommand {
  @Field(() => String, {
    description: 'The second party: a number or a SIP URI; empty if a vendor reported the flow.',
  })
  to!: string;

  @Option.BridgeFrom()
  from!: string | null;

  @Option.RingTimeout()
  ringTimeout!: number | null;

  @Option.MaxDuration()
  maxDuration!: number | null;

  @Option.RingTone()
  ringTone!: string | null;

  @Option.HangupAfterBridge()
  hangupAfterBridge!: boolean | null;

  @Option.RecordBridge()
  record!: boolean | null;

  @Option.RecordStart()
  recordStart!: string | null;

  @Option.RecordStereo()
  recordStereo!: boolean | null;
}
