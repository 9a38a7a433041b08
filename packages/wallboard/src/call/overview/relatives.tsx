import { Anchor, List, Stack, Text } from '@mantine/core';
import { Link } from 'wouter';
import { type FragmentType, getFragmentData, graphql } from '../../gql';
import { Time } from '../../ui/time';
import { words } from '../../ui/words';
import { callPath, groupPath } from '../links';
import { Section } from '../section';

const RELATIVE = graphql(`
  fragment Relative on Call {
    id
    status
    from
    to
    occurredAt
  }
`);

const CALL_RELATIVES = graphql(`
  fragment CallRelatives on Call {
    id
    groups {
      id
      kind
      key
    }
    parent {
      id
      ...Relative
    }
    children(first: 50) {
      nodes {
        id
        ...Relative
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

export function Relatives({ call: masked }: { call: FragmentType<typeof CALL_RELATIVES> }) {
  const { groups, parent, children } = getFragmentData(CALL_RELATIVES, masked);
  return (
    <>
      <Section title="Groups">
        {groups.length === 0 ? (
          <None>In no group.</None>
        ) : (
          <List size="sm" listStyleType="none">
            {groups.map((group) => (
              <List.Item key={group.id}>
                {group.kind}{' '}
                <Anchor component={Link} href={groupPath(group)} size="sm" className="breaks">
                  {group.key}
                </Anchor>
              </List.Item>
            ))}
          </List>
        )}
      </Section>
      <Section title="Parent and children">
        <Stack gap="xs">
          {parent == null ? (
            <None>It came from no other call.</None>
          ) : (
            <RelativeLink relation="Came from" call={parent} />
          )}
          {children.nodes.length === 0 && <None>No call came from it.</None>}
          {children.nodes.map((child) => (
            <RelativeLink key={child.id} relation="Led to" call={child} />
          ))}
          {children.pageInfo.hasNextPage && <None>More than 50 calls came from it.</None>}
        </Stack>
      </Section>
    </>
  );
}

function RelativeLink({ relation, call: masked }: { relation: string; call: FragmentType<typeof RELATIVE> }) {
  const call = getFragmentData(RELATIVE, masked);
  return (
    <Text size="sm">
      <Text span c="dimmed">
        {relation}{' '}
      </Text>
      <Anchor component={Link} href={callPath(call.id)} size="sm" className="breaks">
        {call.from ?? 'unknown'} → {call.to ?? 'unknown'}
      </Anchor>{' '}
      {words(call.status)}, <Time at={call.occurredAt} />
    </Text>
  );
}

const None = ({ children }: { children: React.ReactNode }) => (
  <Text size="sm" c="dimmed">
    {children}
  </Text>
);
