import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Call } from '../calls/call.type.js';
import type { Context } from '../graphql/context.js';
import { CallRecording } from './call-recording.type.js';
import { CallTranscript } from './call-transcript.type.js';

@Resolver(() => Call)
export class CallRecordingsResolver {
  @FieldResolver(() => [CallRecording], {
    description:
      'The recordings of the call that vendors have reported, newest first; at most 50, or more after a join.',
  })
  recordings(@Root() { id }: { id: string }, @Ctx() { reads: { loaders } }: Context) {
    return loaders.recordingsByCallId.load(id);
  }

  @FieldResolver(() => [CallTranscript], {
    description:
      'The transcripts of the call that vendors have reported, newest first; at most 20, or more after a join.',
  })
  transcripts(@Root() { id }: { id: string }, @Ctx() { reads: { loaders } }: Context) {
    return loaders.transcriptsByCallId.load(id);
  }
}
