import { useQuery } from '@apollo/client/react';
import { Anchor, Stack, Text } from '@mantine/core';
import { Link } from 'wouter';
import { graphql } from '../../gql';
import { groupPath } from '../links';
import { None, RelativeLink } from './relative-link';

const GROUP_CALLS = graphql(`
  query GroupCalls($id: ID!) {
    node(id: $id) {
      id
      ... on CallGroup {
        calls(first: 6) {
          nodes {
            id
            ...Relative
          }
          totalCount
        }
      }
    }
  }
`);

interface Props {
  group: { id: string; kind: string; key: string };
  /** The call that is shown, and so is none of the others. */
  callId: string;
}

/** A group, with the newest other calls in it. */
export function GroupCalls({ group, callId }: Props) {
  const { data, error } = useQuery(GROUP_CALLS, {
    variables: { id: group.id },
    fetchPolicy: 'cache-and-network',
  });
  const calls = data?.node?.__typename === 'CallGroup' ? data.node.calls : null;
  const others = calls?.nodes.filter(({ id }) => id !== callId).slice(0, 5) ?? [];
  return (
    <Stack gap={2}>
      <Text size="sm">
        {group.kind}{' '}
        <Anchor component={Link} href={groupPath(group)} size="sm" underline="always" className="breaks">
          {group.key}
        </Anchor>
        {calls !== null && (
          <Text span c="dimmed">
            {calls.totalCount === 1 ? ', this call alone' : `, ${calls.totalCount} calls`}
          </Text>
        )}
      </Text>
      {error && <None>{error.message}</None>}
      {others.map((call) => (
        <RelativeLink key={call.id} relation="With" call={call} />
      ))}
    </Stack>
  );
}
