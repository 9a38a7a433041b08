import { useMutation } from '@apollo/client/react';
import { Button, Card, Group, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { DeliveryStateBadge, REPLAYABLE } from '../../deliveries/delivery-state';
import { type FragmentType, getFragmentData, graphql } from '../../gql';
import type { CallChangeKind, DeliveryState } from '../../gql/graphql';
import { problemOf } from '../../graphql/problem';
import { Time } from '../../ui/time';
import { VENDOR_NAMES } from '../../ui/vendor-names';
import { words } from '../../ui/words';
import { Notice } from '../notice';
import { summaryOf } from './by-change';

const DELIVERY_ROW = graphql(`
  fragment ChangeDelivery on Delivery {
    id
    kind
    state
    attempts
    lastError
    vendorRequestId
    lastAttemptAt
    nextAttemptAt
    deliveredAt
    createdAt
    account {
      id
      system
      name
      state
    }
  }
`);

const REPLAY = graphql(`
  mutation ReplayDelivery($id: ID!) {
    replayDeliveries(ids: [$id]) {
      deliveries {
        id
        ...ChangeDelivery
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

interface Props {
  change:
    | { kind: CallChangeKind; revision?: number | null; recordedAt: string; actor: string }
    | null
    | undefined;
  deliveries: readonly ({ id: string; state: DeliveryState } & FragmentType<typeof DELIVERY_ROW>)[];
  /** Replaying requires ADMIN. */
  isAdmin: boolean;
}

export function ChangeDeliveries({ change, deliveries, isAdmin }: Props) {
  const { text, isGood } = summaryOf(deliveries);
  return (
    <Card component="section" withBorder p="md">
      <Group justify="space-between" mb="xs">
        <div>
          <Title order={2} size="h5">
            {change == null ? 'Without a change' : words(change.kind)}
          </Title>
          {change != null && (
            <Text size="sm" c="dimmed">
              {change.revision != null && `Revision ${change.revision}, `}by {change.actor},{' '}
              <Time at={change.recordedAt} />
            </Text>
          )}
        </div>
        <Text size="sm" fw={600} className={isGood ? undefined : 'bad'}>
          {text}
        </Text>
      </Group>
      <Stack gap="xs">
        {deliveries.map((delivery) => (
          <DeliveryRow key={delivery.id} delivery={delivery} isAdmin={isAdmin} />
        ))}
      </Stack>
    </Card>
  );
}

interface RowProps {
  delivery: FragmentType<typeof DELIVERY_ROW>;
  isAdmin: boolean;
}

function DeliveryRow({ delivery: masked, isAdmin }: RowProps) {
  const delivery = getFragmentData(DELIVERY_ROW, masked);
  const { account, state, attempts } = delivery;
  const [replay, { loading: isBusy }] = useMutation(REPLAY);
  const [failure, setFailure] = useState<string | null>(null);
  const send = async () => {
    setFailure(null);
    try {
      const { data } = await replay({ variables: { id: delivery.id } });
      setFailure(data?.replayDeliveries?.errors.map(({ message }) => message).join(' ') || null);
    } catch (error) {
      setFailure(problemOf(error).message);
    }
  };
  return (
    <div className="delivery">
      <Group gap="xs" align="center">
        <Text size="sm" fw={600} className="breaks">
          {account.name}
        </Text>
        <Text size="sm" c="dimmed">
          {VENDOR_NAMES[account.system]}, {words(delivery.kind).toLowerCase()}
        </Text>
        <DeliveryStateBadge state={state} />
        {isAdmin && REPLAYABLE.includes(state) && (
          <Button
            size="compact-xs"
            variant="default"
            loading={isBusy}
            onClick={send}
            aria-label={`Send again to ${account.name}`}
          >
            Send again
          </Button>
        )}
      </Group>
      <Text size="xs" c="dimmed">
        {attempts === 0 ? 'Not tried yet' : attempts === 1 ? 'Tried once' : `Tried ${attempts} times`}
        {delivery.lastAttemptAt != null && delivery.deliveredAt == null && (
          <>
            , last <Time at={delivery.lastAttemptAt} />
          </>
        )}
        {delivery.deliveredAt != null && (
          <>
            , taken <Time at={delivery.deliveredAt} />
          </>
        )}
        {delivery.nextAttemptAt != null && (
          <>
            , next <Time at={delivery.nextAttemptAt} />
          </>
        )}
        {delivery.vendorRequestId != null && `, request ${delivery.vendorRequestId}`}
        {account.state !== 'ACTIVE' && `, the account is ${words(account.state).toLowerCase()}`}
      </Text>
      {delivery.lastError != null && (
        <Text size="sm" className="breaks bad">
          {delivery.lastError}
        </Text>
      )}
      {failure !== null && (
        <Notice color="red" role="alert" p="xs">
          {failure}
        </Notice>
      )}
    </div>
  );
}
