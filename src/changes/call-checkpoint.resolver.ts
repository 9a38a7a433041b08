import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { CallEvent } from '../events/call-event.type.js';
import type { Context } from '../graphql/context.js';
import { CallCheckpoint, CheckpointPatch } from './call-checkpoint.type.js';
import type { CheckpointRow } from './change.queries.js';

@Resolver(() => CallCheckpoint)
export class CallCheckpointResolver {
  @FieldResolver(() => [CheckpointPatch], {
    description:
      "In the order in which they count. Together with the history's patches they make the metadata, by `patchOrder`.",
  })
  patches(@Root() { owner }: CheckpointRow, @Ctx() { reads: { loaders } }: Context) {
    return loaders.checkpointPatchesOfCall.load(owner);
  }
}

@Resolver(() => CheckpointPatch)
export class CheckpointPatchResolver {
  @FieldResolver(() => CallEvent, {
    nullable: true,
    description: 'The event of EVENT_APPLIED, if it is still there; otherwise null.',
  })
  event(@Root() { eventId }: { eventId: string | null }, @Ctx() { reads: { loaders } }: Context) {
    return eventId === null ? null : loaders.callEventById.load(eventId);
  }
}
