import { Field, InputType, Int } from 'type-graphql';
import { CallLocator } from '../calls/call.input.js';
import { JSONObject, type JsonObject } from '../graphql/json-object.js';

@InputType({ description: 'One merge of a batch; its members are the arguments of mergeCallMetadata.' })
export class MergeCallMetadataItem {
  @Field(() => CallLocator, { description: 'The call, by its id or by a reference.' })
  call!: CallLocator;

  @Field(() => JSONObject, {
    description:
      'The merge patch. By default at most 256 KiB and 32 levels, as for what comes of it (LIMIT_EXCEEDED), unless that has no more bytes than before.',
  })
  metadata!: JsonObject;

  @Field(() => Int, {
    nullable: true,
    description:
      "The call's revision that the merge is based on; REVISION_CONFLICT if it has another by then, after the items before this one. Left out or null: whatever it is.",
  })
  expectedRevision?: number | null;
}
