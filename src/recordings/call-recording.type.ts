import { Field, Int, ObjectType } from 'type-graphql';
import type { CallSystem } from '../calls/call.enums.js';
import { CallSystemEnum } from '../calls/call-enums.type.js';
import { Node } from '../graphql/node.type.js';
import { DateTime } from '../graphql/scalars.js';
import type { RecordingKind } from './recording.enums.js';
import { RecordingKindEnum } from './recording-enums.type.js';

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: 'A recording of a call. The audio stays with the vendor, and is streamed from there.',
})
export class CallRecording extends Node {
  @Field(() => CallSystemEnum, { description: 'The vendor that has it.' })
  system!: CallSystem;

  @Field(() => String, {
    description:
      "The vendor's id of the recording, unique among those of its system. Burki: `id` of the recording, vcita: `recording.uid`, Creovai: `id` of the interaction, Bird: `id` of the recording.",
  })
  vendorId!: string;

  @Field(() => RecordingKindEnum, { description: 'What was recorded.' })
  kind!: RecordingKind;

  @Field(() => String, {
    nullable: true,
    description: "The vendor's own word for how far it is, e.g. `completed`; null if it gives none.",
  })
  status!: string | null;

  @Field(() => Int, { nullable: true, description: 'Its duration in seconds; null until known.' })
  duration!: number | null;

  @Field(() => String, { nullable: true, description: 'The format, e.g. `mp3`; null until known.' })
  format!: string | null;

  @Field(() => DateTime, {
    description: 'When the vendor made it; without a time from the vendor, when it was first reported.',
  })
  createdAt!: Date;
}
