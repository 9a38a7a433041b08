import { Field, Float, InputType, Int } from 'type-graphql';
import type { CallSystem } from '../calls/call.enums.js';
import { CallSystemEnum } from '../calls/call-enums.type.js';
import { DateTime } from '../graphql/scalars.js';
import type { RecordingKind, TranscriptSpeaker } from './recording.enums.js';
import { RecordingKindEnum, TranscriptSpeakerEnum } from './recording-enums.type.js';

@InputType({ description: 'A recording of a call. What is omitted or null is null, but for createdAt.' })
export class CallRecordingInput {
  @Field(() => CallSystemEnum, { description: 'The vendor that has it.' })
  system!: CallSystem;

  @Field(() => String, {
    description: "The vendor's id of the recording, 1 to 500 characters; see CallRecording.vendorId.",
  })
  vendorId!: string;

  @Field(() => RecordingKindEnum, { defaultValue: 'CALL', description: 'What was recorded.' })
  kind!: RecordingKind;

  @Field(() => String, { nullable: true, description: "The vendor's own word for how far it is." })
  status?: string | null;

  @Field(() => Int, { nullable: true, description: 'Its duration in seconds; 0 or more.' })
  duration?: number | null;

  @Field(() => String, { nullable: true, description: 'The format, e.g. `mp3`.' })
  format?: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description:
      'When the vendor made it; omitted or null keeps the stored time, which is now for a new one.',
  })
  createdAt?: Date | null;
}

@InputType({ description: 'What somebody says without a break.' })
export class TranscriptLineInput {
  @Field(() => Float, {
    nullable: true,
    description: 'When it begins, in seconds from the start of the call; 0 or more.',
  })
  start?: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'When it ends, in seconds from the start of the call; 0 or more.',
  })
  end?: number | null;

  @Field(() => TranscriptSpeakerEnum, { description: 'Who speaks.' })
  speaker!: TranscriptSpeaker;

  @Field(() => String, { nullable: true, description: "The vendor's name for the speaker." })
  speakerName?: string | null;

  @Field(() => String, { description: 'What is said; at most 16,384 characters.' })
  text!: string;

  @Field(() => Float, {
    nullable: true,
    description: 'How sure the vendor is of the text, as it says; usually from 0 to 1.',
  })
  confidence?: number | null;
}

@InputType({ description: 'What was said in a call, by one vendor. What is omitted or null is null.' })
export class CallTranscriptInput {
  @Field(() => CallSystemEnum, { description: 'The vendor that made it.' })
  system!: CallSystem;

  @Field(() => String, {
    nullable: true,
    description:
      "The vendor's id of the transcript, 1 to 500 characters. Without it, this is the call's one transcript of the system that has none.",
  })
  vendorId?: string | null;

  @Field(() => String, { nullable: true, description: "The vendor's own word for how far it is." })
  status?: string | null;

  @Field(() => String, { nullable: true, description: 'The language, e.g. `en-GB`.' })
  language?: string | null;

  @Field(() => String, { nullable: true, description: 'A summary; at most 65,536 characters.' })
  summary?: string | null;

  @Field(() => [TranscriptLineInput], {
    description: 'What was said, in order; at most 10,000 lines and, as JSON, 1 MiB.',
  })
  lines!: TranscriptLineInput[];
}
