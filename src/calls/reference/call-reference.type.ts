import { Field, InputType, ObjectType } from 'type-graphql';
import { text } from '../../graphql/text.js';
import type { CallSystem } from '../call.enums.js';
import { CallSystemEnum } from '../call-enums.type.js';

@ObjectType({
  simpleResolvers: true,
  description: text`
    The id of a call in an external system. A call may have references of several systems; they join the data of
    one real call across vendors. Unique within the organization.

    Names: BURKI \`id\`, \`callSid\` · CREOVAI \`sessionId\` · VCITA \`uid\`, \`sourceId\`, \`externalUuid\` ·
    BIRD \`id\`; OTHER allows any name.
  `,
})
@InputType('CallReferenceInput', {
  description: text`
    The id of a call in an external system, e.g. \`{ system: BURKI, name: "id", value: "101" }\`.

    Names: BURKI \`id\`, \`callSid\` · CREOVAI \`sessionId\` · VCITA \`uid\`, \`sourceId\`, \`externalUuid\` ·
    BIRD \`id\`; any other name is INVALID, because a typo would split one call in two. OTHER allows any name.
  `,
})
export class CallReference {
  @Field(() => CallSystemEnum, { description: 'The system that the reference comes from.' })
  system!: CallSystem;

  @Field(() => String, {
    description: "Which of the system's ids this is, e.g. `callSid`; 1 to 100 characters.",
  })
  name!: string;

  @Field(() => String, {
    description:
      'The id as text, 1 to 500 characters. It is trimmed; invisible characters are INVALID. It is compared exactly, for BIRD in lower case.',
  })
  value!: string;
}
