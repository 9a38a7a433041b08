import { Field, InputType, ObjectType } from 'type-graphql';
import { text } from '../graphql/text.js';
import type { CallSystem } from './call.enums.js';
import { CallSystemEnum } from './call-enums.type.js';

@ObjectType({
  simpleResolvers: true,
  description: text`
    One name under which an outside system knows a call. A call has as many as there are systems that saw it; that is
    how one real call is joined across vendors. Unique within the organization.

    Names: BURKI \`id\`, \`callSid\` · CREOVAI \`sessionId\` · VCITA \`uid\`, \`sourceId\`, \`externalUuid\` ·
    BIRD \`id\`; OTHER takes any name.
  `,
})
@InputType('CallReferenceInput', {
  description: text`
    One name under which an outside system knows a call, e.g. \`{ system: BURKI, name: "id", value: "101" }\`.

    Names: BURKI \`id\`, \`callSid\` · CREOVAI \`sessionId\` · VCITA \`uid\`, \`sourceId\`, \`externalUuid\` ·
    BIRD \`id\`; any other is INVALID, for a typo would split a call in two. OTHER takes any name.
  `,
})
export class CallReference {
  @Field(() => CallSystemEnum, { description: 'The system that gave the name.' })
  system!: CallSystem;

  @Field(() => String, {
    description: "Which of the system's ids it is, e.g. `callSid`; 1 to 100 characters, as written above.",
  })
  name!: string;

  @Field(() => String, { description: 'The id itself, as text and compared exactly; 1 to 500 characters.' })
  value!: string;
}
