import { CombinedGraphQLErrors, type ErrorLike } from '@apollo/client';
import { skipToken, useQuery, useSubscription } from '@apollo/client/react';
import { useCallback, useState } from 'react';
import { getFragmentData, graphql } from '../gql';
import type { CallOfPageFragment } from '../gql/graphql';

const CALL_OF_PAGE = graphql(`
  fragment CallOfPage on Call {
    id
    revision
    ...CallHeader
    ...CallOverview
    ...CallVoiceCall
    ...CallMetadata
    recordings {
      id
    }
    transcripts {
      id
    }
  }
`);

const CALL = graphql(`
  query CallPage($id: ID!) {
    changeCursor
    call(id: $id) {
      id
      ...CallOfPage
    }
  }
`);

const UPDATES = graphql(`
  subscription CallPageUpdates($id: ID!, $after: String) {
    callUpdated(call: { id: $id }, after: $after) {
      cursor
      transition
      removedCallId
      change {
        id
        kind
      }
      call {
        id
        ...CallOfPage
      }
    }
  }
`);

interface LiveCall {
  /** Undefined until it is read, null if there is none. Its id is another one if `id` was joined into that call. */
  call: CallOfPageFragment | null | undefined;
  isErased: boolean;
  error: ErrorLike | undefined;
  readAnew(): void;
}

/** A call as it is now: what the cache has of it follows the log from the cursor at which it was read. */
export function useLiveCall(id: string): LiveCall {
  const { data, error, refetch } = useQuery(CALL, { variables: { id }, fetchPolicy: 'cache-and-network' });
  const [isErased, setErased] = useState(false);
  // Other pages' reads move the cache's cursor, and this call may not be as new as that.
  const [after, setAfter] = useState<string | null>(null);
  if (after === null && data?.call && data.changeCursor) setAfter(data.changeCursor);

  const readAnew = useCallback(() => {
    refetch().then(
      ({ data: answer }) => setAfter(answer?.changeCursor ?? null),
      () => {}, // Shown as the query's error.
    );
  }, [refetch]);

  const live = useSubscription(
    UPDATES,
    after === null
      ? skipToken
      : {
          variables: { id, after },
          ignoreResults: true,
          onData: ({ data: { data: update } }) => {
            const { change, removedCallId } = update?.callUpdated ?? {};
            if (change?.kind === 'ERASED') setErased(true);
            else if (removedCallId != null) readAnew();
          },
          onError: (refusal) => {
            if (isCursorLost(refusal)) readAnew();
          },
        },
  );
  return {
    call: data && (getFragmentData(CALL_OF_PAGE, data.call) ?? null),
    isErased,
    error: error ?? live.error,
    readAnew,
  };
}

const isCursorLost = (error: ErrorLike): boolean =>
  CombinedGraphQLErrors.is(error) &&
  error.errors.some(({ extensions }) => extensions?.code === 'CURSOR_LOST');
