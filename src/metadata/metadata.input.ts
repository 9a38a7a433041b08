import { Field, InputType, Int } from 'type-graphql';
import { CallLocator } from '../calls/call.input.js';
import { JSONObject, type JsonObject } from '../graphql/json-object.js';

@InputType({ description: 'One merge of a batch; the members are the arguments of mergeCallMetadata.' })
export class MergeCallMetadataItem {
  @Field(() => CallLocator, { description: 'The call, by its id or by a reference.' })
  call!: CallLocator;

  @Field(() => JSONObject, {
    description:
      'The merge patch. By default the patch and the resulting metadata may have at most 256 KiB and 32 levels (LIMIT_EXCEEDED); larger metadata is accepted if it does not grow.',
  })
  metadata!: JsonObject;

  @Field(() => Int, {
    nullable: true,
    description:
      "The call's revision that the merge is based on; REVISION_CONFLICT if it differs after the preceding items. Omitted or null: any revision.",
  })
  expectedRevision?: number | null;
}
