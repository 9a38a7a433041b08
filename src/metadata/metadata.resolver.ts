import { Arg, Authorized, Ctx, Int, Mutation, Resolver } from 'type-graphql';
import { CallLocator } from '../calls/call.input.js';
import { callColumns } from '../db/tables/call-columns.js';
import type { Context } from '../graphql/context.js';
import { settle } from '../graphql/errors.js';
import { JSONObject, type JsonObject } from '../graphql/json-object.js';
import { settleBatch } from '../graphql/settle-batch.js';
import { text } from '../graphql/text.js';
import type { Scope } from '../identity/viewer.js';
import { toMerge } from './merge.checks.js';
import { MergeCallMetadataItem } from './metadata.input.js';
import { MergeCallMetadataPayload } from './metadata.payload.js';

@Resolver()
export class MetadataResolver {
  @Authorized<Scope>('METADATA_WRITE')
  @Mutation(() => MergeCallMetadataPayload, {
    nullable: true,
    description: text`
      Merges an object into a call's metadata by JSON Merge Patch (RFC 7396): nested objects merge, null removes, absent
      keeps, anything else replaces. Atomic: of two merges at once none is lost.

      \`\`\`graphql
      mutation {
        mergeCallMetadata(
          call: { reference: { system: BURKI, name: "id", value: "101" } }
          metadata: { outcome: "appointment_scheduled", ticket_id: null }
        ) {
          call { metadata revision }
          errors { code message path }
        }
      }
      \`\`\`
    `,
  })
  mergeCallMetadata(
    @Arg('call', () => CallLocator, { description: 'The call, by its id or by a reference.' })
    call: CallLocator,
    @Arg('metadata', () => JSONObject, {
      description:
        'The merge patch. By default at most 256 KiB and 32 levels, as for what comes of it (LIMIT_EXCEEDED), unless that has no more bytes than before.',
    })
    metadata: JsonObject,
    @Arg('expectedRevision', () => Int, {
      nullable: true,
      description:
        "The call's revision that the merge is based on; REVISION_CONFLICT if it has another by now. Left out or null: whatever it is.",
    })
    expectedRevision: number | null,
    @Ctx() { asked, services, viewer }: Context,
  ) {
    return settle(async () => {
      const merge = toMerge({ call, metadata, expectedRevision }, [], services.limits);
      return { call: await services.metadata.merge(viewer, merge, callColumns(asked)) };
    });
  }

  @Authorized<Scope>('METADATA_WRITE')
  @Mutation(() => [MergeCallMetadataPayload], {
    nullable: true,
    description: text`
      Merges into the metadata of at most 500 calls, in order, each as mergeCallMetadata would: it succeeds or fails by
      itself, and its errors' paths begin with items and its index. A value that its scalar refuses fails the whole
      request, with the index of the item (BAD_USER_INPUT).
    `,
  })
  mergeCallsMetadata(
    @Arg('items', () => [MergeCallMetadataItem], { description: 'The merges: at most 500.' })
    items: MergeCallMetadataItem[],
    @Ctx() { asked, services, viewer }: Context,
  ) {
    const columns = callColumns(asked);
    const check = (item: MergeCallMetadataItem, path: string[]) => toMerge(item, path, services.limits);
    return settleBatch(viewer.account.key, 'items', items, check, (merges) =>
      services.metadata.mergeAll(viewer, merges, columns),
    );
  }
}
