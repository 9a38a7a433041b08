import { Anchor } from '@mantine/core';
import { Link } from 'wouter';
import { type FragmentType, getFragmentData, graphql } from '../gql';

export const CALL_LINK = graphql(`
  fragment CallLink on Call {
    id
    from
    to
    customerNumber
  }
`);

/** A call by its numbers, which leads to its page. */
export function CallLink({ call }: { call: FragmentType<typeof CALL_LINK> }) {
  const { id, from, to, customerNumber } = getFragmentData(CALL_LINK, call);
  const numbers = [from, to].filter((number) => number !== null);
  return (
    <Anchor component={Link} href={`/calls/${id}`} size="sm">
      {numbers.length > 0 ? numbers.join(' to ') : (customerNumber ?? id)}
    </Anchor>
  );
}
