import { Group, Text } from '@mantine/core';
import { DeliveryStateBadge } from '../../deliveries/delivery-state';
import { graphql } from '../../gql';
import type { CarryingDeliveryFragment } from '../../gql/graphql';
import { summaryOf } from './by-change';

export const CARRYING_DELIVERY = graphql(`
  fragment CarryingDelivery on Delivery {
    id
    kind
    state
    createdAt
    account {
      id
      name
    }
    change {
      id
      recordedAt
    }
  }
`);

/** Whether every vendor has a change, in words, and each vendor's part in it. */
export function VendorsOfChange({ deliveries }: { deliveries: readonly CarryingDeliveryFragment[] }) {
  if (deliveries.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        No vendor is sent this.
      </Text>
    );
  }
  const { text, isGood } = summaryOf(deliveries);
  return (
    <Group gap="xs" role="group" aria-label="At the vendors">
      <Text size="sm" fw={600} className={isGood ? undefined : 'bad'}>
        {text}
      </Text>
      {deliveries.map(({ id, account, state }) => (
        <Group key={id} gap={6} wrap="nowrap">
          <Text size="sm" className="breaks">
            {account.name}
          </Text>
          <DeliveryStateBadge state={state} />
        </Group>
      ))}
    </Group>
  );
}
