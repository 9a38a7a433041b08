import { Field, InputType, Int } from 'type-graphql';
import { CallFlowCondition, PlaybackPrompt, SayPrompt } from './call-flow-prompts.type.js';
import * as Option from './command-options.js';

const Conditions = () =>
  Field(() => [CallFlowCondition], {
    nullable: true,
    description: 'The step runs if all of these hold; without conditions it always runs. At most 20.',
  });

@InputType({ description: 'Hangs up. Bird: `hangup`.' })
export class HangupCommandInput {
  @Conditions()
  conditions?: CallFlowCondition[] | null;
}

@InputType({ description: 'Plays a ringing tone to the caller. Bird: `ringing`.' })
export class RingingCommandInput {
  @Conditions()
  conditions?: CallFlowCondition[] | null;
}

@InputType({ description: 'Answers the call. Bird: `answer`.' })
export class AnswerCommandInput {
  @Conditions()
  conditions?: CallFlowCondition[] | null;

  @Field(() => [String], {
    nullable: true,
    description: 'Audio files to play on answering, in order; at most 20, none empty.',
  })
  media?: string[] | null;

  @Option.Loop()
  loop?: number | null;

  @Option.Timeout()
  timeout?: number | null;
}

@InputType({ description: 'Waits. Bird: `pause`.' })
export class PauseCommandInput {
  @Conditions()
  conditions?: CallFlowCondition[] | null;

  @Field(() => Int, { description: 'How long, in seconds; 0 or more.' })
  pauseSeconds!: number;
}

@InputType({ description: 'Plays audio files. Bird: `playback`.' })
export class PlaybackCommandInput {
  @Conditions()
  conditions?: CallFlowCondition[] | null;

  @Field(() => [String], { description: 'The audio files, in order; 1 to 20, none empty.' })
  media!: string[];

  @Option.Loop()
  loop?: number | null;

  @Option.Timeout()
  timeout?: number | null;

  @Option.PauseMilliseconds()
  pauseMilliseconds?: number | null;
}

@InputType({ description: 'Speaks a text. Bird: `say`.' })
export class SayCommandInput {
  @Conditions()
  conditions?: CallFlowCondition[] | null;

  @Field(() => String, { description: 'The text to speak; not empty.' })
  text!: string;

  @Option.Locale()
  locale?: string | null;

  @Option.Voice()
  voice?: string | null;

  @Option.Loop()
  loop?: number | null;

  @Option.Timeout()
  timeout?: number | null;
}

@InputType({
  description: 'Collects key presses. The prompt is `say` or `playback`, not both (INVALID). Bird: `gather`.',
})
export class GatherCommandInput {
  @Conditions()
  conditions?: CallFlowCondition[] | null;

  @Option.GatherInput()
  input?: string | null;

  @Option.MaxNumKeys()
  maxNumKeys?: number | null;

  @Option.EndKey()
  endKey?: string | null;

  @Option.Timeout()
  timeout?: number | null;

  @Option.Retries()
  retries?: number | null;

  @Option.SpeechLocale()
  speechLocale?: string | null;

  @Field(() => SayPrompt, { nullable: true, description: 'The prompt, if spoken.' })
  say?: SayPrompt | null;

  @Field(() => PlaybackPrompt, { nullable: true, description: 'The prompt, if played.' })
  playback?: PlaybackPrompt | null;
}

@InputType({
  description:
    'Records the caller, as a voicemail does; ends at endKey, silence or maxLength. Bird: `record`.',
})
export class RecordCommandInput {
  @Conditions()
  conditions?: CallFlowCondition[] | null;

  @Option.EndKey()
  endKey?: string | null;

  @Option.MaxLength()
  maxLength?: number | null;

  @Option.Timeout()
  timeout?: number | null;

  @Option.Beep()
  beep?: boolean | null;

  @Option.Transcribe()
  transcribe?: boolean | null;

  @Option.TranscribeLocale()
  transcribeLocale?: string | null;
}

@InputType({ description: 'Connects a second party. Bird: `bridge`.' })
export class BridgeCommandInput {
  @Conditions()
  conditions?: CallFlowCondition[] | null;

  @Field(() => String, { description: 'The second party: a number or a SIP URI; not empty.' })
  to!: string;

  @Option.BridgeFrom()
  from?: string | null;

  @Option.RingTimeout()
  ringTimeout?: number | null;

  @Option.MaxDuration()
  maxDuration?: number | null;

  @Option.RingTone()
  ringTone?: string | null;

  @Option.HangupAfterBridge()
  hangupAfterBridge?: boolean | null;

  @Option.RecordBridge()
  record?: boolean | null;

  @Option.RecordStart()
  recordStart?: string | null;

  @Option.RecordStereo()
  recordStereo?: boolean | null;
}
