import { useQuery } from '@apollo/client/react';
import { Button, Group, Loader, Stack, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { type FragmentType, getFragmentData, graphql } from '../../gql';
import { Time } from '../../ui/time';
import { carriedBy } from '../deliveries/carried';
import { useDeliveries } from '../deliveries/use-deliveries';
import { CARRYING_DELIVERY } from '../deliveries/vendors-of-change';
import { Notice } from '../notice';
import { Change, HISTORY_CHANGE } from './change';

const HISTORY = graphql(`
  query CallHistory($id: ID!, $first: Int!, $after: String) {
    call(id: $id) {
      id
      checkpoint {
        prunedAt
      }
      history(first: $first, after: $after) {
        nodes {
          id
          revision
          ...HistoryChange
        }
        totalCount
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`);

const PAGE = 50;

/** Newest first. What comes while it is read is announced, and shown when the reader asks for it: nothing moves by itself. */
export function CallChanges({ callId, revision }: { callId: string; revision: number }) {
  const { data, error, fetchMore, refetch } = useQuery(HISTORY, {
    variables: { id: callId, first: PAGE },
    fetchPolicy: 'cache-and-network',
    // A page more is a write to the cache, not a reason to read the first one again.
    nextFetchPolicy: 'cache-first',
  });
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const wait = async (work: Promise<unknown>) => {
    setBusy(true);
    setFailure(null);
    await work.catch((reason: unknown) =>
      setFailure(reason instanceof Error ? reason.message : String(reason)),
    );
    setBusy(false);
  };
  const history = data?.call?.history;
  const deliveries = useDeliveriesOf(callId, revision, history?.nodes ?? []);
  if (error && history === undefined) {
    return (
      <Notice color="red" role="alert" title="The history could not be read">
        {error.message}
      </Notice>
    );
  }
  if (history === undefined) return <Loader aria-label="Reading the history" />;
  const shown = history.nodes.reduce((most, node) => Math.max(most, node.revision ?? 0), 0);
  const newer = Math.max(0, revision - shown);
  return (
    <Stack gap="sm">
      <Group mih={30} justify="space-between" role="status">
        <Text size="sm" c="dimmed">
          {history.nodes.length} of {history.totalCount} changes, newest first
        </Text>
        {newer > 0 && (
          <Button size="compact-sm" variant="light" loading={isBusy} onClick={() => wait(refetch())}>
            {newer === 1 ? 'Show 1 newer change' : `Show ${newer} newer changes`}
          </Button>
        )}
      </Group>
      {failure !== null && (
        <Notice color="red" role="alert">
          {failure}
        </Notice>
      )}
      <ol className="timeline" aria-label="Changes">
        {history.nodes.map((change) => (
          <Change key={change.id} change={change} deliveries={deliveries?.get(change.id)} />
        ))}
      </ol>
      {history.pageInfo.hasNextPage && (
        <Button
          variant="default"
          w="fit-content"
          loading={isBusy}
          onClick={() => wait(fetchMore({ variables: { after: history.pageInfo.endCursor } }))}
        >
          Older changes
        </Button>
      )}
      {!history.pageInfo.hasNextPage && data?.call?.checkpoint != null && (
        <Text size="sm" c="dimmed">
          Changes until <Time at={data.call.checkpoint.prunedAt} /> are no longer kept.
        </Text>
      )}
    </Stack>
  );
}

/** By change, for all that are shown; undefined until as many are read. */
function useDeliveriesOf(
  callId: string,
  revision: number,
  masked: readonly FragmentType<typeof HISTORY_CHANGE>[],
) {
  const { nodes, hasOlder, readOlder } = useDeliveries(callId, revision);
  const changes = getFragmentData(HISTORY_CHANGE, masked);
  const deliveries = nodes && getFragmentData(CARRYING_DELIVERY, nodes);
  const [oldest, last] = [changes.at(-1), deliveries?.at(-1)];
  const isMissing =
    hasOlder && oldest !== undefined && last !== undefined && oldest.recordedAt <= last.createdAt;
  useEffect(() => {
    if (isMissing) readOlder().catch(() => {}); // The deliveries' own tab says why.
  }, [isMissing, last?.id]);
  return isMissing ? undefined : deliveries && carriedBy(changes, deliveries);
}
