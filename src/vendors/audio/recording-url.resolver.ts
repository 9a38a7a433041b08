import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import { encodeId } from '../../graphql/ids.js';
import { Url } from '../../graphql/scalars.js';
import { CallRecording } from '../../recordings/call-recording.type.js';

@Resolver(() => CallRecording)
export class RecordingUrlResolver {
  @FieldResolver(() => Url, {
    nullable: true,
    description:
      'Streams the audio, also a range of its bytes, to anyone who has this URL, for an hour. Answers 202 with Retry-After while the vendor still makes it. Null where it is not known which vendor account has it, or the account is paused or cannot be opened.',
  })
  async url(@Root() { id }: { id: string }, @Ctx() { reads: { loaders }, services, viewer }: Context) {
    const source = await loaders.audioSourceByRecordingId.load(id);
    const query = services.audio.signedQuery(viewer.organization.id, source);
    return query === null
      ? null
      : `${services.publicUrl()}/recordings/${encodeId('call_recording', id)}?${query}`;
  }
}
