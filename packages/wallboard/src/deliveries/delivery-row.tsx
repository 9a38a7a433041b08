import { Button, Group, Table, Text } from '@mantine/core';
import { type FragmentType, getFragmentData, graphql } from '../gql';
import type { DeliveryState } from '../gql/graphql';
import { CallLink } from '../ui/call-link';
import { Time } from '../ui/time';
import { words } from '../ui/words';
import { DeliveryStateBadge, REPLAYABLE } from './delivery-state';
import { useDeliveryActions } from './use-delivery-actions';

export const DELIVERY_ROW = graphql(`
  fragment DeliveryRow on Delivery {
    id
    kind
    state
    attempts
    lastError
    createdAt
    nextAttemptAt
    deliveredAt
    account {
      id
      name
      system
    }
    call {
      id
      ...CallLink
    }
  }
`);

const DISCARDABLE: readonly DeliveryState[] = ['PENDING', 'RETRYING', 'INCOMPLETE', 'DEAD', 'EXPIRED'];

export function DeliveryRow({ delivery }: { delivery: FragmentType<typeof DELIVERY_ROW> }) {
  const { id, kind, state, attempts, lastError, createdAt, nextAttemptAt, deliveredAt, account, call } =
    getFragmentData(DELIVERY_ROW, delivery);
  const { replay, discard, isBusy } = useDeliveryActions();
  return (
    <Table.Tr>
      <Table.Td data-label="State">
        <DeliveryStateBadge state={state} />
      </Table.Td>
      <Table.Td data-label="What">{words(kind)}</Table.Td>
      <Table.Td data-label="To">{account.name}</Table.Td>
      <Table.Td data-label="Call">
        <CallLink call={call} />
      </Table.Td>
      <Table.Td data-label="Written">
        <Time at={createdAt} />
      </Table.Td>
      <Table.Td data-label="Tries">
        {attempts}
        {nextAttemptAt !== null && (
          <Text size="xs" c="dimmed">
            next <Time at={nextAttemptAt} />
          </Text>
        )}
        {deliveredAt !== null && (
          <Text size="xs" c="dimmed">
            taken <Time at={deliveredAt} />
          </Text>
        )}
      </Table.Td>
      <Table.Td data-label="Why">
        {lastError !== null && (
          <Text size="sm" maw={320}>
            {lastError}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <Group gap="xs" wrap="nowrap" justify="flex-end">
          {REPLAYABLE.includes(state) && (
            <Button size="compact-sm" variant="default" loading={isBusy} onClick={() => replay([id])}>
              Replay
            </Button>
          )}
          {DISCARDABLE.includes(state) && (
            <Button size="compact-sm" variant="default" loading={isBusy} onClick={() => discard([id])}>
              Discard
            </Button>
          )}
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}
