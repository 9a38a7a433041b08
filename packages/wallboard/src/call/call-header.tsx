import type { ErrorLike } from '@apollo/client';
import { Anchor, Badge, Group, Stack, Text, Title } from '@mantine/core';
import { Link } from 'wouter';
import { type FragmentType, getFragmentData, graphql } from '../gql';
import { formatDuration } from '../ui/duration';
import { StatusBadge } from '../ui/status-badge';
import { Time } from '../ui/time';
import { words } from '../ui/words';
import { Arrow } from './arrow';
import { Notice } from './notice';

const CALL_HEADER = graphql(`
  fragment CallHeader on Call {
    id
    status
    vendorStatus
    direction
    from
    to
    occurredAt
    startedAt
    endedAt
    duration
    revision
    updatedAt
  }
`);

interface Props {
  call: FragmentType<typeof CALL_HEADER>;
  /** Why changes no longer come. */
  error: ErrorLike | undefined;
}

export function CallHeader({ call: masked, error }: Props) {
  const call = getFragmentData(CALL_HEADER, masked);
  return (
    <Stack gap={6}>
      <Anchor component={Link} href="/" size="sm" w="fit-content">
        <Arrow back /> All calls
      </Anchor>
      <Group gap="sm" align="center">
        <Title order={1} size="h3" className="call-title">
          <span>{call.from ?? 'Unknown'}</span>
          <Arrow />
          <span className="visually-hidden"> to </span>
          <span>{call.to ?? 'Unknown'}</span>
        </Title>
        <Group gap={6}>
          <StatusBadge status={call.status} />
          <Badge variant="default">{words(call.direction)}</Badge>
        </Group>
      </Group>
      <Group component="dl" gap="xs" className="call-facts">
        <Fact label="When">
          <Time at={call.occurredAt} />
        </Fact>
        <Fact label="Duration">{formatDuration(call.duration)}</Fact>
        <Fact label="Ended">
          <Time at={call.endedAt} />
        </Fact>
        <Fact label="Vendor’s word">{call.vendorStatus ?? '–'}</Fact>
        <Fact label="Revision">{call.revision}</Fact>
        <Fact label="Changed">
          <Time at={call.updatedAt} />
        </Fact>
      </Group>
      <Text size="xs" c="dimmed" ff="monospace" className="breaks">
        {call.id}
      </Text>
      {error && (
        <Notice color="orange" role="alert" title="The page no longer follows changes">
          {error.message}
        </Notice>
      )}
    </Stack>
  );
}

const Fact = ({ label, children }: { label: string; children: React.ReactNode }) => (
  <div>
    <Text component="dt" size="xs" c="dimmed">
      {label}
    </Text>
    <Text component="dd" size="sm" m={0}>
      {children}
    </Text>
  </div>
);
