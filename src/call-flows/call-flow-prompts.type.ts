import { Field, InputType, ObjectType } from 'type-graphql';

const CONDITION =
  'A condition on a command. Bird documents `keys`, `eq` and a value: the keys that were gathered.';

@ObjectType({ simpleResolvers: true, description: CONDITION })
@InputType('CallFlowConditionInput', {
  description: `${CONDITION} E.g. \`{ variable: "keys", value: "1" }\`.`,
})
export class CallFlowCondition {
  @Field(() => String, { description: 'What is looked at, e.g. `keys`.' })
  variable!: string;

  @Field(() => String, { defaultValue: 'eq', description: 'How it is compared, e.g. `eq`.' })
  operator!: string;

  @Field(() => String, { description: 'What it is compared with.' })
  value!: string;
}

const SAY = 'A spoken prompt.';

@ObjectType({ simpleResolvers: true, description: SAY })
@InputType('SayPromptInput', { description: SAY })
export class SayPrompt {
  @Field(() => String, { description: 'What is said; not empty.' })
  text!: string;

  @Field(() => String, { nullable: true, description: 'Its language, e.g. `en-GB`; any is taken.' })
  locale!: string | null;

  @Field(() => String, { nullable: true, description: 'The voice, e.g. `male`.' })
  voice!: string | null;
}

const PLAYBACK = 'A prompt that is played.';

@ObjectType({ simpleResolvers: true, description: PLAYBACK })
@InputType('PlaybackPromptInput', { description: PLAYBACK })
export class PlaybackPrompt {
  @Field(() => [String], { description: 'The audio files, in their order: 1 to 20, none empty.' })
  media!: string[];
}
