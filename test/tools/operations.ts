/** What a frontend asks: a list, a merge, and the fragment that both show. */
export const DOCUMENTS = [
  `query Calls($first: Int!, $filter: CallFilter) {
    calls(first: $first, filter: $filter) { totalCount nodes { ...ListedCall } }
  }`,
  `mutation Merge($call: CallLocator!, $metadata: JSONObject!) {
    mergeCallMetadata(call: $call, metadata: $metadata) {
      call { ...ListedCall }
      errors { code message path }
    }
  }`,
  'fragment ListedCall on Call { id status startedAt metadata cost { total currency } }',
] as const;
