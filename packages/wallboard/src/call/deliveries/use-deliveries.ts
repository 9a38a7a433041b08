import { skipToken, useQuery, useSubscription } from '@apollo/client/react';
import { useEffect, useRef } from 'react';
import { graphql } from '../../gql';

const DELIVERIES = graphql(`
  query CallDeliveries($id: ID!, $after: String) {
    viewer {
      id
      scopes
    }
    call(id: $id) {
      id
      deliveries(first: 100, after: $after) {
        nodes {
          id
          state
          change {
            id
            kind
            revision
            recordedAt
            actor
          }
          ...ChangeDelivery
          ...CarryingDelivery
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`);

/** Of the change as much as above: the cache keeps it within its delivery, and what comes takes the place of what was there. */
const CHANGED = graphql(`
  subscription CallDeliveriesChanged($id: ID!) {
    deliveriesChanged(filter: { call: { id: $id } }) {
      id
      state
      change {
        id
        kind
        revision
        recordedAt
        actor
      }
      ...ChangeDelivery
      ...CarryingDelivery
    }
  }
`);

/** What of a call is sent to vendors, newest first, page by page and live. @param revision of the call as it is now */
export function useDeliveries(callId: string, revision: number) {
  const { data, error, fetchMore, refetch } = useQuery(DELIVERIES, {
    variables: { id: callId },
    fetchPolicy: 'cache-and-network',
    nextFetchPolicy: 'cache-first',
  });
  const deliveries = data?.call?.deliveries;
  const isAdmin = data?.viewer?.scopes.includes('ADMIN') === true;
  useSubscription(
    CHANGED,
    isAdmin
      ? {
          variables: { id: callId },
          ignoreResults: true,
          onData: ({ data: { data: changed } }) => {
            const id = changed?.deliveriesChanged.id;
            // What is shown, the cache brings up to date.
            const isKnown = deliveries?.nodes.some((each) => each.id === id) === true;
            if (id !== undefined && !isKnown) void refetch();
          },
        }
      : skipToken,
  );
  useReadAtRevision(revision, refetch);
  const after = deliveries?.pageInfo.endCursor;
  return {
    /** Undefined until they are read. */
    nodes: deliveries?.nodes,
    error,
    /** Replaying requires it, and so does following them. */
    isAdmin,
    hasOlder: deliveries?.pageInfo.hasNextPage === true,
    readOlder: () => fetchMore({ variables: { after } }),
  };
}

/** A change of the call makes deliveries. */
function useReadAtRevision(revision: number, refetch: () => Promise<unknown>): void {
  const read = useRef(revision);
  useEffect(() => {
    if (read.current === revision) return;
    read.current = revision;
    refetch().catch(() => {}); // Shown as the query's error.
  }, [revision, refetch]);
}
