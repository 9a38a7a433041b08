import { Arg, Authorized, Ctx, Int, Mutation, Resolver } from 'type-graphql';
import { CallLocator } from '../calls/call.input.js';
import { writtenColumns } from '../db/tables/call-columns.js';
import type { Context } from '../graphql/context.js';
import { settle } from '../graphql/errors.js';
import { JSONObject, type JsonObject } from '../graphql/json-object.js';
import { settleBatch } from '../graphql/settle-batch.js';
import { text } from '../graphql/text.js';
import type { Scope } from '../identity/identity.enums.js';
import { toMerge } from './merge.checks.js';
import { MergeCallMetadataItem } from './metadata.input.js';
import { MergeCallMetadataPayload } from './metadata.payload.js';

@Resolver()
export class MetadataResolver {
  @Authorized<Scope>('METADATA_WRITE')
  @Mutation(() => MergeCallMetadataPayload, {
    nullable: true,
    description: text`
      Merges an object into a call's metadata by JSON Merge Patch (RFC 7396): nested objects merge, null removes a
      member, an absent member stays, any other value replaces. Atomic: concurrent merges are all applied.

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
        'The merge patch. By default the patch and the resulting metadata may have at most 256 KiB and 32 levels (LIMIT_EXCEEDED); larger metadata is accepted if it does not grow.',
    })
    metadata: JsonObject,
    @Arg('expectedRevision', () => Int, {
      nullable: true,
      description:
        "The call's revision that the merge is based on; REVISION_CONFLICT if the current one differs. Omitted or null: any revision.",
    })
    expectedRevision: number | null,
    @Ctx() { reads: { requestedFields }, services, viewer }: Context,
  ) {
    return settle(async () => {
      const merge = toMerge({ call, metadata, expectedRevision }, [], services.limits);
      return { call: await services.metadata.merge(viewer, merge, writtenColumns(requestedFields)) };
    });
  }

  @Authorized<Scope>('METADATA_WRITE')
  @Mutation(() => [MergeCallMetadataPayload], {
    nullable: true,
    description: text`
      Merges into the metadata of at most 500 calls in order, each as mergeCallMetadata does. Every item succeeds or fails
      on its own; paths of its errors begin with items and its index. A value that is invalid for its scalar fails the
      whole request (BAD_USER_INPUT, with the index of the item).
    `,
  })
  mergeCallsMetadata(
    @Arg('items', () => [MergeCallMetadataItem], { description: 'The merges: at most 500.' })
    items: MergeCallMetadataItem[],
    @Ctx() { reads: { requestedFields }, services, viewer }: Context,
  ) {
    const columns = writtenColumns(requestedFields);
    const check = (item: MergeCallMetadataItem, path: string[]) => toMerge(item, path, services.limits);
    return settleBatch(viewer.account.key, 'items', items, check, (merges) =>
      services.metadata.mergeAll(viewer, merges, columns),
    );
  }
}
