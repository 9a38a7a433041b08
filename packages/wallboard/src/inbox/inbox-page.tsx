import { useQuery, useSubscription } from '@apollo/client/react';
import { Button, SegmentedControl, Stack } from '@mantine/core';
import { useState } from 'react';
import { getFragmentData, graphql } from '../gql';
import type { CallEventMatch } from '../gql/graphql';
import { PageState } from '../ui/page-state';
import { PageTitle } from '../ui/page-title';
import { useQueryState } from '../ui/use-query-state';
import { words } from '../ui/words';
import { UNDECIDED_EVENT, UndecidedEvent } from './undecided-event';

const EVENTS = graphql(`
  query Undecided($match: [CallEventMatch!]!, $after: String) {
    callEvents(filter: { match: $match }, first: 25, after: $after) {
      edges {
        cursor
        node {
          id
          ...UndecidedEvent
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
      totalCount
    }
  }
`);

const CHANGED = graphql(`
  subscription UndecidedChanged($match: [CallEventMatch!]!) {
    callEventsChanged(filter: { match: $match }) {
      id
      ...UndecidedEvent
    }
  }
`);

const UNDECIDED: readonly CallEventMatch[] = ['AMBIGUOUS', 'PENDING', 'TOO_LARGE'];

export function InboxPage() {
  const [match, setMatch] = useQueryState('match');
  const chosen = UNDECIDED.filter((each) => match === null || match === each);
  return (
    <>
      <PageTitle title="Inbox">
        <SegmentedControl
          size="xs"
          aria-label="Which events"
          data={[{ value: '', label: 'All' }, ...UNDECIDED.map((value) => ({ value, label: words(value) }))]}
          value={match ?? ''}
          onChange={setMatch}
        />
      </PageTitle>
      <Events key={chosen.join()} match={chosen} />
    </>
  );
}

function Events({ match }: { match: CallEventMatch[] }) {
  const { data, error, loading, refetch, fetchMore } = useQuery(EVENTS, {
    variables: { match },
    fetchPolicy: 'cache-and-network',
  });
  const page = data?.callEvents;
  const edges = page?.edges ?? [];
  const [newer, setNewer] = useState<ReadonlySet<string>>(new Set());
  // One that is decided, here or elsewhere, says so in its place.
  useSubscription(CHANGED, {
    variables: { match },
    onData: ({ data: { data: changed } }) => {
      const event = changed?.callEventsChanged;
      if (event === undefined || edges.some(({ node }) => node.id === event.id)) return;
      if (match.includes(getFragmentData(UNDECIDED_EVENT, event).match)) {
        setNewer((before) => new Set(before).add(event.id));
      }
    },
  });
  const showNewer = async () => {
    await refetch();
    setNewer(new Set());
  };
  return (
    <Stack>
      <div role="status" className="newer">
        {newer.size > 0 && (
          <Button variant="light" size="xs" onClick={showNewer}>
            {newer.size} newer: show
          </Button>
        )}
      </div>
      <PageState
        error={error}
        isLoading={loading && page === undefined}
        empty={edges.length === 0 ? 'Every event has found its call.' : null}
      />
      {edges.map(({ node }) => (
        <UndecidedEvent key={node.id} event={node} />
      ))}
      {page?.pageInfo.hasNextPage && (
        <Button
          variant="default"
          onClick={() => fetchMore({ variables: { match, after: page.pageInfo.endCursor } })}
        >
          More
        </Button>
      )}
    </Stack>
  );
}
