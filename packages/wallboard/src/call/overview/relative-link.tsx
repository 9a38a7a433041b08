import { Anchor, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { type FragmentType, getFragmentData, graphql } from '../../gql';
import { Time } from '../../ui/time';
import { words } from '../../ui/words';
import { Arrow } from '../arrow';
import { callPath } from '../links';

const RELATIVE = graphql(`
  fragment Relative on Call {
    id
    status
    from
    to
    occurredAt
  }
`);

export function RelativeLink({
  relation,
  call: masked,
}: {
  relation: string;
  call: FragmentType<typeof RELATIVE>;
}) {
  const call = getFragmentData(RELATIVE, masked);
  return (
    <Text size="sm">
      <Text span c="dimmed">
        {relation}{' '}
      </Text>
      <Anchor component={Link} href={callPath(call.id)} size="sm" underline="always" className="breaks">
        {call.from ?? 'unknown'}
        <Arrow />
        <span className="visually-hidden"> to </span>
        {call.to ?? 'unknown'}
      </Anchor>{' '}
      {words(call.status)}, <Time at={call.occurredAt} />
    </Text>
  );
}

export const None = ({ children }: { children: ReactNode }) => (
  <Text size="sm" c="dimmed">
    {children}
  </Text>
);
