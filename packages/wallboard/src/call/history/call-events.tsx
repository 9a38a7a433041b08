import { useQuery } from '@apollo/client/react';
import { Badge, Button, Group, Loader, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { graphql } from '../../gql';
import { Time } from '../../ui/time';
import { ToneBadge } from '../../ui/tone-badge';
import { words } from '../../ui/words';
import { JsonBlock } from '../json-block';
import { Notice } from '../notice';
import { inTheirTime } from './in-their-time';

const EVENTS = graphql(`
  query CallEvents($id: ID!, $after: String) {
    call(id: $id) {
      id
      events(first: 100, after: $after) {
        nodes {
          id
          eventId
          sessionId
          eventTime
          createdAt
          metadata
          match
          actor
          actorType
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`);

/** By the time at which they happened; those that came after a later one are marked. */
export function CallEvents({ callId, revision }: { callId: string; revision: number }) {
  const { data, error, fetchMore, refetch } = useQuery(EVENTS, {
    variables: { id: callId },
    fetchPolicy: 'cache-and-network',
    nextFetchPolicy: 'cache-first',
  });
  const [readAt, setReadAt] = useState(revision);
  const events = data?.call?.events;
  if (error && events === undefined) {
    return (
      <Notice color="red" role="alert" title="The events could not be read">
        {error.message}
      </Notice>
    );
  }
  if (events === undefined) return <Loader aria-label="Reading the events" />;
  return (
    <Stack gap="sm">
      {readAt !== revision && (
        <Button
          size="compact-sm"
          variant="light"
          w="fit-content"
          onClick={() => void refetch().then(() => setReadAt(revision))}
        >
          The call has changed: read the events again
        </Button>
      )}
      {events.nodes.length === 0 && (
        <Text size="sm" c="dimmed">
          No event was applied to this call.
        </Text>
      )}
      <ol className="timeline" aria-label="Events">
        {inTheirTime(events.nodes).map(({ event, isLate }) => (
          <li key={event.id} className="moment">
            <Group gap="xs" align="baseline">
              <Text fw={600} size="sm">
                <Time at={event.eventTime} />
              </Text>
              <Text size="sm" c="dimmed">
                came <Time at={event.createdAt} />
              </Text>
              {isLate && (
                <ToneBadge color="orange" size="sm">
                  Came late
                </ToneBadge>
              )}
              {event.match !== 'MATCHED' && (
                <Badge size="sm" variant="default">
                  {words(event.match)}
                </Badge>
              )}
            </Group>
            <Text size="sm" c="dimmed" className="breaks">
              By {event.actor}
              {event.eventId != null && `, event ${event.eventId}`}
              {event.sessionId != null && `, session ${event.sessionId}`}
            </Text>
            <JsonBlock value={event.metadata} label={`Metadata of the event of ${event.eventTime}`} />
          </li>
        ))}
      </ol>
      {events.pageInfo.hasNextPage && (
        <Button
          variant="default"
          w="fit-content"
          onClick={() => void fetchMore({ variables: { after: events.pageInfo.endCursor } })}
        >
          More events
        </Button>
      )}
    </Stack>
  );
}
