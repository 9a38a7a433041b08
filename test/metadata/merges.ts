import type { Answer, Client } from '../support/gateway.js';

interface Merge {
  call: object;
  metadata: unknown;
  expectedRevision?: number | null;
}

const MERGE_CALLS_METADATA = `mutation ($items: [MergeCallMetadataItem!]!) {
  mergeCallsMetadata(items: $items) { call { id metadata revision updatedAt } errors { code message path } }
}`;

export async function mergeCallsMetadata(client: Client, items: Merge[]): Promise<Answer['data'][]> {
  return (await client.ask(MERGE_CALLS_METADATA, { items })).mergeCallsMetadata;
}
