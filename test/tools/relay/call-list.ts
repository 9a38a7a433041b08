import { graphql } from 'relay-runtime';

export const query = graphql`
  query callListQuery($first: Int!, $filter: CallFilter) {
    ...callList_calls @arguments(first: $first, filter: $filter)
  }
`;

export const list = graphql`
  fragment callList_calls on Query
  @argumentDefinitions(first: { type: "Int!" }, after: { type: "String" }, filter: { type: "CallFilter" })
  @refetchable(queryName: "callListPageQuery") {
    calls(first: $first, after: $after, filter: $filter)
      @connection(key: "callList_calls", filters: ["filter"]) {
      edges { node { id ...callList_call } }
    }
  }
`;

export const call = graphql`
  fragment callList_call on Call @refetchable(queryName: "callListCallQuery") {
    id
    status
    startedAt
    metadata
  }
`;

export const history = graphql`
  fragment callList_history on Call
  @argumentDefinitions(first: { type: "Int", defaultValue: 10 }, after: { type: "String" })
  @refetchable(queryName: "callListHistoryQuery") {
    history(first: $first, after: $after) @connection(key: "callList_history") {
      edges { node { id kind patch } }
    }
  }
`;

export const upsert = graphql`
  mutation callListUpsertMutation($input: UpsertCallInput!, $connections: [ID!]!) {
    upsertCall(input: $input) {
      call @prependNode(connections: $connections, edgeTypeName: "CallEdge") { id ...callList_call }
      errors { code message path }
    }
  }
`;

export const join = graphql`
  mutation callListJoinMutation($call: CallLocator!, $duplicate: CallLocator!) {
    joinCalls(call: $call, duplicate: $duplicate) {
      duplicateId @deleteRecord
      call { id ...callList_call ...callList_history }
      errors { code message path }
    }
  }
`;

export const updates = graphql`
  subscription callListSubscription($filter: CallFilter, $after: String) {
    callUpdates(filter: $filter, after: $after) {
      cursor
      transition
      removedCallId @deleteRecord
      call { id ...callList_call }
    }
  }
`;
