import { Field, Float, ObjectType } from 'type-graphql';
import type { CallSystem } from '../calls/call.enums.js';
import { CallSystemEnum } from '../calls/call-enums.type.js';
import { Node } from '../graphql/node.type.js';
import { DateTime } from '../graphql/scalars.js';
import type { TranscriptSpeaker } from './recording.enums.js';
import { TranscriptSpeakerEnum } from './recording-enums.type.js';

@ObjectType({ simpleResolvers: true, description: 'What somebody says without a break.' })
export class TranscriptLine {
  @Field(() => Float, {
    nullable: true,
    description: 'When it begins, in seconds from the start of the call; null if not known.',
  })
  start!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'When it ends, in seconds from the start of the call; null if not known.',
  })
  end!: number | null;

  @Field(() => TranscriptSpeakerEnum, { description: 'Who speaks.' })
  speaker!: TranscriptSpeaker;

  @Field(() => String, { nullable: true, description: "The vendor's name for the speaker." })
  speakerName!: string | null;

  @Field(() => String, { description: 'What is said.' })
  text!: string;

  @Field(() => Float, {
    nullable: true,
    description: 'How sure the vendor is of the text, as it says; usually from 0 to 1.',
  })
  confidence!: number | null;
}

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: 'What was said in a call, by one vendor.',
})
export class CallTranscript extends Node {
  @Field(() => CallSystemEnum, { description: 'The vendor that made it.' })
  system!: CallSystem;

  @Field(() => String, {
    nullable: true,
    description:
      "The vendor's id of the transcript, unique among those of its system; null if it has none of its own.",
  })
  vendorId!: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The vendor's own word for how far it is, e.g. `DONE`; null if it gives none.",
  })
  status!: string | null;

  @Field(() => String, { nullable: true, description: 'The language, e.g. `en-GB`, as the vendor names it.' })
  language!: string | null;

  @Field(() => [TranscriptLine], { description: 'What was said, in the order in which the vendor gave it.' })
  lines!: TranscriptLine[];

  @Field(() => String, { nullable: true, description: "The vendor's summary; null if it gives none." })
  summary!: string | null;

  @Field(() => DateTime, { description: 'When it was first reported.' })
  createdAt!: Date;
}
