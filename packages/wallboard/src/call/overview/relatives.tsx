import { Stack } from '@mantine/core';
import { type FragmentType, getFragmentData, graphql } from '../../gql';
import { Section } from '../section';
import { GroupCalls } from './group-calls';
import { None, RelativeLink } from './relative-link';

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
  const { id, groups, parent, children } = getFragmentData(CALL_RELATIVES, masked);
  return (
    <>
      <Section title="Groups">
        {groups.length === 0 ? (
          <None>In no group.</None>
        ) : (
          <Stack gap="xs">
            {groups.map((group) => (
              <GroupCalls key={group.id} group={group} callId={id} />
            ))}
          </Stack>
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
