import { Field, InputType, ObjectType } from 'type-graphql';

const CONDITION = 'A condition on a command. Bird documents `keys`, `eq` and a value: the gathered keys.';

@ObjectType({ simpleResolvers: true, description: CONDITION })
@InputType('CallFlowConditionInput', {
  description: `${CONDITION} E.g. \`{ variable: "keys", value: "1" }\`.`,
})
export class CallFlowCondition {
  @Field(() => String, { description: 'The variable, e.g. `keys`.' })
  variable!: string;

  @Field(() => String, { defaultValue: 'eq', description: 'The comparison, e.g. `eq`.' })
  operator!: string;

  @Field(() => String, { description: 'The value to compare with.' })
  value!: string;
}

const SAY = 'A spoken prompt.';

@ObjectType({ simpleResolvers: true, description: SAY })
@InputType('SayPromptInput', { description: SAY })
export class SayPrompt {
  @Field(() => String, { description: 'The text to speak; not empty.' })
  text!: string;

  @Field(() => String, { nullable: true, description: 'Its language, e.g. `en-GB`; any value is accepted.' })
  locale!: string | null;

  @Field(() => String, { nullable: true, description: 'The voice, e.g. `male`.' })
  voice!: string | null;
}

const PLAYBACK = 'A played prompt.';

@ObjectType({ simpleResolvers: true, description: PLAYBACK })
@InputType('PlaybackPromptInput', { description: PLAYBACK })
export class PlaybackPrompt {
  @Field(() => [String], { description: 'The audio files, in order; 1 to 20, none empty.' })
  media!: string[];
}
