import { type ApolloClient, gql } from '@apollo/client';

type Json = { [name: string]: unknown };
interface Call {
  __typename: 'Call';
  id: string;
  metadata: Json;
}
interface Merged {
  mergeCallMetadata: {
    __typename: 'MergeCallMetadataPayload';
    call: Call | null;
    errors: { message: string }[];
  };
}

const MERGE = gql`
  mutation MergeMetadata($id: ID!, $metadata: JSONObject!) {
    mergeCallMetadata(call: { id: $id }, metadata: $metadata) {
      call { id metadata }
      errors { code message path }
    }
  }
`;

/** Shows the patch at once. The answer replaces it, and a refusal takes it back. */
export async function mergeMetadata(client: ApolloClient, call: Call, patch: Json): Promise<string[]> {
  const { data } = await client.mutate<Merged>({
    mutation: MERGE,
    variables: { id: call.id, metadata: patch },
    optimisticResponse: {
      mergeCallMetadata: {
        __typename: 'MergeCallMetadataPayload',
        call: { ...call, metadata: merged(call.metadata, patch) },
        errors: [],
      },
    },
  });
  return data?.mergeCallMetadata.errors.map(({ message }) => message) ?? [];
}

/** RFC 7396, as the gateway merges. */
export function merged(target: unknown, patch: Json): Json {
  const result = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = isObject(value) ? merged(result[name], value) : value;
  }
  return result;
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
