import { skipToken, useQuery, useSubscription } from '@apollo/client/react';
import { Button, Loader, Stack, Text } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { graphql } from '../../gql';
import { Notice } from '../notice';
import { byChange } from './by-change';
import { ChangeDeliveries } from './change-deliveries';

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
          createdAt
          change {
            id
            kind
            revision
            recordedAt
            actor
          }
          ...ChangeDelivery
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`);

const CHANGED = graphql(`
  subscription CallDeliveriesChanged($id: ID!) {
    deliveriesChanged(filter: { call: { id: $id } }) {
      id
      state
      ...ChangeDelivery
    }
  }
`);

/** At each change, whether every vendor has it. */
export function DeliveriesPanel({ callId, revision }: { callId: string; revision: number }) {
  const { data, error, fetchMore, refetch } = useQuery(DELIVERIES, {
    variables: { id: callId },
    fetchPolicy: 'cache-and-network',
    nextFetchPolicy: 'cache-first',
  });
  const deliveries = data?.call?.deliveries;
  const isAdmin = data?.viewer?.scopes.includes('ADMIN') === true;
  const known = useRef(new Set<string>());
  known.current = new Set(deliveries?.nodes.map(({ id }) => id));
  useSubscription(
    CHANGED,
    isAdmin
      ? {
          variables: { id: callId },
          ignoreResults: true,
          onData: ({ data: { data: changed } }) => {
            const id = changed?.deliveriesChanged.id;
            // What is shown, the cache brings up to date.
            if (id !== undefined && !known.current.has(id)) void refetch();
          },
        }
      : skipToken,
  );
  useReadAtRevision(revision, refetch);

  if (error && deliveries === undefined) {
    return (
      <Notice color="red" role="alert" title="The deliveries could not be read">
        {error.message}
      </Notice>
    );
  }
  if (deliveries === undefined) return <Loader aria-label="Reading the deliveries" />;
  if (deliveries.nodes.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        Nothing of this call is sent to a vendor: no vendor account took its changes.
      </Text>
    );
  }
  return (
    <Stack>
      {byChange(deliveries.nodes).map(({ id, change, deliveries: of }) => (
        <ChangeDeliveries key={id} change={change} deliveries={of} isAdmin={isAdmin} />
      ))}
      {deliveries.pageInfo.hasNextPage && (
        <Button
          variant="default"
          w="fit-content"
          onClick={() => void fetchMore({ variables: { after: deliveries.pageInfo.endCursor } })}
        >
          Older deliveries
        </Button>
      )}
    </Stack>
  );
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
