import { Field, InputType, Int } from 'type-graphql';
import { PatchVoiceCallInput } from './update-voice-call.input.js';
import { VoiceCallLocator } from './voice-call.input.js';

@InputType({ description: 'One patch of a batch; the members are the arguments of patchVoiceCall.' })
export class PatchVoiceCallItem {
  @Field(() => VoiceCallLocator, { description: 'The voice call, by its id or by its call.' })
  voiceCall!: VoiceCallLocator;

  @Field(() => PatchVoiceCallInput, { description: 'The fields to change.' })
  input!: PatchVoiceCallInput;

  @Field(() => Int, {
    nullable: true,
    description:
      "The voice call's revision that the patch is based on; REVISION_CONFLICT if it differs after the preceding items. Omitted or null: any revision.",
  })
  expectedRevision?: number | null;
}
