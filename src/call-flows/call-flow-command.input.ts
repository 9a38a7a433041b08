import { Field, InputType } from 'type-graphql';
import {
  AnswerCommandInput,
  BridgeCommandInput,
  GatherCommandInput,
  HangupCommandInput,
  PauseCommandInput,
  PlaybackCommandInput,
  RecordCommandInput,
  RingingCommandInput,
  SayCommandInput,
} from './call-flow-step.input.js';

@InputType({
  description:
    'One step of a flow: give exactly one member, e.g. `{ say: { text: "Hello", locale: "en-GB" } }`.',
})
export class CallFlowCommandInput {
  @Field(() => AnswerCommandInput, { nullable: true, description: 'Answer the call.' })
  answer?: AnswerCommandInput;

  @Field(() => RingingCommandInput, { nullable: true, description: 'Play a ringing tone to the caller.' })
  ringing?: RingingCommandInput;

  @Field(() => HangupCommandInput, { nullable: true, description: 'Hang up.' })
  hangup?: HangupCommandInput;

  @Field(() => PauseCommandInput, { nullable: true, description: 'Wait.' })
  pause?: PauseCommandInput;

  @Field(() => PlaybackCommandInput, { nullable: true, description: 'Play audio files.' })
  playback?: PlaybackCommandInput;

  @Field(() => SayCommandInput, { nullable: true, description: 'Speak a text.' })
  say?: SayCommandInput;

  @Field(() => GatherCommandInput, { nullable: true, description: 'Collect key presses.' })
  gather?: GatherCommandInput;

  @Field(() => RecordCommandInput, { nullable: true, description: 'Record the caller.' })
  record?: RecordCommandInput;

  @Field(() => BridgeCommandInput, { nullable: true, description: 'Connect a second party.' })
  bridge?: BridgeCommandInput;
}
