import { useApolloClient, useMutation } from '@apollo/client/react';
import { Alert, Anchor, Button, Card, CopyButton, Group, Stack, Text, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { Link } from 'wouter';
import { useDeliveryActions } from '../deliveries/use-delivery-actions';
import { type FragmentType, getFragmentData, graphql } from '../gql';
import type { VendorAccountState } from '../gql/graphql';
import { Time } from '../ui/time';
import { ToneBadge } from '../ui/tone-badge';
import { useAction } from '../ui/use-action';
import { VENDOR_NAMES } from '../ui/vendor-names';
import { words } from '../ui/words';
import { Imports } from './imports';
import { Lag } from './lag';

const ACCOUNT_CARD = graphql(`
  fragment AccountCard on VendorAccount {
    id
    name
    system
    baseUrl
    sends
    receives
    state
    stateReason
    webhookUrl
    secretExpiresAt
    pendingDeliveries
    deadDeliveries
    oldestPendingAt
    ...Imports
  }
`);

const UPDATE = graphql(`
  mutation PauseAccount($id: ID!, $paused: Boolean!) {
    updateVendorAccount(id: $id, input: { paused: $paused }) {
      vendorAccount {
        id
        ...AccountCard
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const TEST = graphql(`
  mutation TestAccount($id: ID!) {
    testVendorAccount(id: $id) {
      ok
      message
      errors {
        code
        message
        path
      }
    }
  }
`);

const DEAD = graphql(`
  query DeadDeliveries($account: ID!) {
    deliveries(filter: { account: $account, state: [DEAD] }, first: 200) {
      nodes {
        id
      }
    }
  }
`);

const COLORS: Record<VendorAccountState, string> = { ACTIVE: 'green', PAUSED: 'gray', FAILING: 'red' };

export function AccountCard({ account }: { account: FragmentType<typeof ACCOUNT_CARD> }) {
  const card = getFragmentData(ACCOUNT_CARD, account);
  const { id, name, system, baseUrl, state, stateReason, webhookUrl, deadDeliveries, secretExpiresAt } = card;
  return (
    <Card withBorder component="article" aria-labelledby={id}>
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2} size="h4" id={id}>
            {name}
          </Title>
          <ToneBadge color={COLORS[state]}>{words(state)}</ToneBadge>
        </Group>
        <Text size="sm" c="dimmed">
          {VENDOR_NAMES[system]} · {baseUrl} · {directions(card)}
        </Text>
        {stateReason !== null && (
          <Alert color="red" variant="outline" title="Failing">
            {stateReason}
          </Alert>
        )}
        <Group gap="xl">
          <Lag pending={card.pendingDeliveries} since={card.oldestPendingAt} />
          <Text size="sm">
            {deadDeliveries === 0 ? (
              'None given up'
            ) : (
              <Anchor component={Link} href={`/deliveries?account=${id}&state=DEAD`} size="sm">
                {deadDeliveries} given up
              </Anchor>
            )}
          </Text>
          {secretExpiresAt !== null && (
            <Text size="sm">
              Secrets expire <Time at={secretExpiresAt} />
            </Text>
          )}
        </Group>
        <Actions id={id} state={state} deadDeliveries={deadDeliveries} webhookUrl={webhookUrl} />
        <Imports account={card} />
      </Stack>
    </Card>
  );
}

const directions = ({ sends, receives }: { sends: boolean; receives: boolean }) =>
  [sends && 'sends', receives && 'receives'].filter(Boolean).join(' and ') || 'neither sends nor receives';

interface ActionsProps {
  id: string;
  state: VendorAccountState;
  deadDeliveries: number;
  webhookUrl: string | null;
}

function Actions({ id, state, deadDeliveries, webhookUrl }: ActionsProps) {
  const { isBusy, run } = useAction();
  const [update] = useMutation(UPDATE);
  const isPaused = state === 'PAUSED';
  const pause = () =>
    run(
      isPaused ? 'It delivers again' : 'It is paused',
      async () => (await update({ variables: { id, paused: !isPaused } })).data?.updateVendorAccount,
    );
  return (
    <Group gap="xs">
      <Button size="xs" variant="default" loading={isBusy} onClick={pause}>
        {isPaused ? 'Resume' : 'Pause'}
      </Button>
      <TestButton id={id} />
      {deadDeliveries > 0 && <ReplayButton id={id} />}
      {webhookUrl !== null && (
        <CopyButton value={webhookUrl}>
          {({ copied, copy }) => (
            <Button size="xs" variant="default" onClick={copy}>
              {copied ? 'Copied' : 'Copy webhook address'}
            </Button>
          )}
        </CopyButton>
      )}
    </Group>
  );
}

/** One harmless request to the vendor, with what came of it. */
function TestButton({ id }: { id: string }) {
  const [test, { loading }] = useMutation(TEST);
  const ask = async () => {
    try {
      const { data } = await test({ variables: { id } });
      const result = data?.testVendorAccount;
      const message =
        result?.errors[0]?.message ?? result?.message ?? 'The vendor answers, and knows the account';
      notifications.show({ message, color: result?.ok ? 'green' : 'red', autoClose: 10_000 });
    } catch (error) {
      notifications.show({ message: (error as Error).message, color: 'red', autoClose: 10_000 });
    }
  };
  return (
    <Button size="xs" variant="default" loading={loading} onClick={ask}>
      Test
    </Button>
  );
}

/** The newest 200, for a mutation takes no more than 500 and a page has no more than these. */
function ReplayButton({ id }: { id: string }) {
  const client = useApolloClient();
  const { replay, isBusy } = useDeliveryActions();
  const [isReading, setReading] = useState(false);
  const replayDead = async () => {
    setReading(true);
    const { data } = await client.query({
      query: DEAD,
      variables: { account: id },
      fetchPolicy: 'network-only',
      errorPolicy: 'all',
    });
    setReading(false);
    const ids = data?.deliveries?.nodes.map((delivery) => delivery.id) ?? [];
    if (ids.length > 0) await replay(ids);
  };
  return (
    <Button size="xs" variant="default" loading={isBusy || isReading} onClick={replayDead}>
      Replay those given up
    </Button>
  );
}
