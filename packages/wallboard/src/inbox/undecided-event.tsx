import { useMutation } from '@apollo/client/react';
import { Button, Card, Code, Group, Stack, Table, Text, Title } from '@mantine/core';
import { type FragmentType, getFragmentData, graphql } from '../gql';
import type { CallEventMatch, CallSystem } from '../gql/graphql';
import { CallLink } from '../ui/call-link';
import { formatDuration } from '../ui/duration';
import { StatusBadge } from '../ui/status-badge';
import { Time } from '../ui/time';
import { ToneBadge } from '../ui/tone-badge';
import { useAction } from '../ui/use-action';
import { VENDOR_NAMES } from '../ui/vendor-names';
import { words } from '../ui/words';
import { AssignToFound } from './assign-to-found';

export const UNDECIDED_EVENT = graphql(`
  fragment UndecidedEvent on CallEvent {
    id
    eventId
    sessionId
    eventTime
    createdAt
    actor
    match
    metadata
    reference {
      system
      name
      value
    }
    candidates(first: 10) {
      edges {
        cursor
        node {
          id
          status
          occurredAt
          duration
          ...CallLink
        }
      }
    }
    calls(first: 1) {
      edges {
        cursor
        node {
          id
          ...CallLink
        }
      }
    }
  }
`);

const ASSIGN = graphql(`
  mutation AssignEvent($id: ID!, $call: CallLocator!) {
    assignCallEvent(id: $id, call: $call) {
      event {
        id
        ...UndecidedEvent
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const DISMISS = graphql(`
  mutation DismissEvent($id: ID!) {
    dismissCallEvent(id: $id) {
      event {
        id
        ...UndecidedEvent
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const COLORS: Record<CallEventMatch, string> = {
  MATCHED: 'green',
  PENDING: 'cyan',
  AMBIGUOUS: 'orange',
  TOO_LARGE: 'red',
  DISMISSED: 'gray',
};

const WHY: Record<CallEventMatch, string> = {
  MATCHED: 'Its call is found.',
  PENDING: 'No call has what it names yet. It waits.',
  AMBIGUOUS: 'Several calls fit.',
  TOO_LARGE: 'The metadata of its call would be too large with it.',
  DISMISSED: 'It is withdrawn.',
};

export function UndecidedEvent({ event }: { event: FragmentType<typeof UNDECIDED_EVENT> }) {
  const { id, match, eventTime, createdAt, actor, metadata, candidates, calls, ...names } = getFragmentData(
    UNDECIDED_EVENT,
    event,
  );
  const [assign] = useMutation(ASSIGN);
  const [dismiss] = useMutation(DISMISS);
  const { isBusy, run } = useAction();
  const isDecided = match === 'MATCHED' || match === 'DISMISSED';
  const assignTo = (call: string) =>
    run(
      'The event is assigned',
      async () => (await assign({ variables: { id, call: { id: call } } })).data?.assignCallEvent,
    );
  return (
    <Card withBorder component="article" aria-labelledby={id}>
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2} size="h5" id={id}>
            {nameOf(names)}
          </Title>
          <ToneBadge color={COLORS[match]}>{words(match)}</ToneBadge>
        </Group>
        <Text size="sm" c="dimmed">
          {WHY[match]} From {actor}, of <Time at={eventTime} />, recorded <Time at={createdAt} />
        </Text>
        <Code block tabIndex={0} aria-label="Metadata">
          {JSON.stringify(metadata, null, 2)}
        </Code>
        {calls.edges.map(({ node }) => (
          <CallLink key={node.id} call={node} />
        ))}
        {!isDecided && candidates.edges.length > 0 && (
          <Table className="stacked" aria-label="Candidates">
            <Table.Thead>
              <Table.Tr>
                {['Call', 'Status', 'When', 'Duration', 'Decide'].map((name) => (
                  <Table.Th key={name}>{name}</Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {candidates.edges.map(({ node }) => (
                <Table.Tr key={node.id}>
                  <Table.Td data-label="Call">
                    <CallLink call={node} />
                  </Table.Td>
                  <Table.Td data-label="Status">
                    <StatusBadge status={node.status} />
                  </Table.Td>
                  <Table.Td data-label="When">
                    <Time at={node.occurredAt} />
                  </Table.Td>
                  <Table.Td data-label="Duration">{formatDuration(node.duration)}</Table.Td>
                  <Table.Td>
                    <Button
                      size="compact-sm"
                      variant="default"
                      loading={isBusy}
                      onClick={() => assignTo(node.id)}
                    >
                      It is this call
                    </Button>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )}
        {!isDecided && (
          <Group align="flex-end" justify="space-between">
            <AssignToFound isBusy={isBusy} onAssign={assignTo} />
            <Button
              size="xs"
              variant="default"
              loading={isBusy}
              onClick={() =>
                run(
                  'The event is dismissed',
                  async () => (await dismiss({ variables: { id } })).data?.dismissCallEvent,
                )
              }
            >
              Dismiss
            </Button>
          </Group>
        )}
      </Stack>
    </Card>
  );
}

type EventNames = {
  eventId: string | null;
  sessionId: string | null;
  reference: { system: CallSystem; name: string; value: string } | null;
};

function nameOf({ eventId, sessionId, reference }: EventNames): string {
  if (reference !== null) return `${VENDOR_NAMES[reference.system]} ${reference.name} ${reference.value}`;
  if (sessionId !== null) return `Session ${sessionId}`;
  return eventId === null ? 'An event that names no call' : `Event ${eventId}`;
}
