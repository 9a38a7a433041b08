import { useQuery, useSubscription } from '@apollo/client/react';
import { SimpleGrid } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { graphql } from '../gql';
import { PageState } from '../ui/page-state';
import { PageTitle } from '../ui/page-title';
import { AccountCard } from './account-card';

const ACCOUNTS = graphql(`
  query Accounts {
    vendorAccounts {
      id
      ...AccountCard
    }
  }
`);

const ANY_DELIVERY = graphql(`
  subscription AnyDelivery {
    deliveriesChanged {
      id
      state
    }
  }
`);

/** Milliseconds: how often counts are read anew at most while deliveries change. */
const PAUSE = 1_000;

export function AccountsPage() {
  const { data, error, loading, refetch } = useQuery(ACCOUNTS, { fetchPolicy: 'cache-and-network' });
  const readCounts = useDebouncedCallback(() => void refetch(), { delay: PAUSE, maxWait: PAUSE });
  useSubscription(ANY_DELIVERY, { onData: readCounts, fetchPolicy: 'no-cache' });
  const accounts = data?.vendorAccounts ?? [];
  return (
    <>
      <PageTitle title="Accounts" />
      <PageState
        error={error}
        isLoading={loading && data === undefined}
        empty={accounts.length === 0 ? 'No vendor account yet: createVendorAccount makes one.' : null}
      />
      <SimpleGrid cols={{ base: 1, lg: 2 }}>
        {accounts.map((account) => (
          <AccountCard key={account.id} account={account} />
        ))}
      </SimpleGrid>
    </>
  );
}
