import { useQuery, useSubscription } from '@apollo/client/react';
import { Button, Group, MultiSelect, Select, Stack, Table } from '@mantine/core';
import { useState } from 'react';
import { getFragmentData, graphql } from '../gql';
import type { DeliveryFilter, DeliveryState } from '../gql/graphql';
import { PageState } from '../ui/page-state';
import { PageTitle } from '../ui/page-title';
import { useQueryState } from '../ui/use-query-state';
import { words } from '../ui/words';
import { DELIVERY_ROW, DeliveryRow } from './delivery-row';
import { DELIVERY_STATES } from './delivery-state';

const DELIVERIES = graphql(`
  query Deliveries($filter: DeliveryFilter, $after: String) {
    deliveries(filter: $filter, first: 50, after: $after) {
      edges {
        cursor
        node {
          id
          ...DeliveryRow
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
    vendorAccounts {
      id
      name
    }
  }
`);

const CHANGED = graphql(`
  subscription DeliveriesChanged($filter: DeliveryFilter) {
    deliveriesChanged(filter: $filter) {
      id
      ...DeliveryRow
    }
  }
`);

export function DeliveriesPage() {
  const [states, setStates] = useQueryState('state');
  const [account, setAccount] = useQueryState('account');
  const chosen = DELIVERY_STATES.filter((state) => states?.split(',').includes(state));
  const { data, error, loading } = useQuery(DELIVERIES, { variables: {} });
  const accounts = data?.vendorAccounts ?? [];
  const filter: DeliveryFilter = {
    ...(chosen.length > 0 && { state: chosen }),
    ...(account !== null && { account }),
  };
  return (
    <>
      <PageTitle title="Deliveries" />
      <Group mb="md" align="flex-end">
        <MultiSelect
          label="State"
          placeholder={chosen.length === 0 ? 'All' : ''}
          data={DELIVERY_STATES.map((value) => ({ value, label: words(value) }))}
          value={chosen}
          onChange={(next) => setStates(next.join(','))}
          clearable
          miw={220}
        />
        <Select
          label="Account"
          placeholder="All"
          data={accounts.map(({ id, name }) => ({ value: id, label: name }))}
          value={account}
          onChange={setAccount}
          clearable
        />
      </Group>
      {error || loading ? (
        <PageState error={error} isLoading={loading} empty={null} />
      ) : (
        <Deliveries key={JSON.stringify(filter)} filter={filter} states={chosen} />
      )}
    </>
  );
}

function Deliveries({ filter, states }: { filter: DeliveryFilter; states: DeliveryState[] }) {
  const { data, error, loading, fetchMore, refetch } = useQuery(DELIVERIES, {
    variables: { filter },
    fetchPolicy: 'cache-and-network',
  });
  const page = data?.deliveries;
  const edges = page?.edges ?? [];
  const matches = ({ state }: { state: DeliveryState }) => states.length === 0 || states.includes(state);
  const [newer, setNewer] = useState<ReadonlySet<string>>(new Set());
  // What is listed changes in its place, for the cache knows it by its id, also when it leaves the filter. What is new
  // waits until it is asked for.
  useSubscription(CHANGED, {
    variables: { filter: filter.account == null ? null : { account: filter.account } },
    onData: ({ data: { data: changed } }) => {
      const delivery = changed?.deliveriesChanged;
      if (delivery === undefined || edges.some(({ node }) => node.id === delivery.id)) return;
      if (matches(getFragmentData(DELIVERY_ROW, delivery))) {
        setNewer((before) => new Set(before).add(delivery.id));
      }
    },
  });
  const showNewer = async () => {
    await refetch();
    setNewer(new Set());
  };
  const left = edges.filter(({ node }) => !matches(getFragmentData(DELIVERY_ROW, node)));
  return (
    <Stack>
      <div role="status" className="newer">
        {(newer.size > 0 || left.length > 0) && (
          <Button variant="light" size="xs" onClick={showNewer}>
            {newer.size > 0 ? `${newer.size} newer: show` : `${left.length} no longer match: read anew`}
          </Button>
        )}
      </div>
      <PageState
        error={error}
        isLoading={loading && page === undefined}
        empty={edges.length === 0 ? 'Nothing is delivered, or waits to be.' : null}
      />
      {edges.length > 0 && (
        <Table.ScrollContainer minWidth={0}>
          <Table className="stacked" verticalSpacing="xs" aria-label="Deliveries">
            <Table.Thead>
              <Table.Tr>
                {['State', 'What', 'To', 'Call', 'Written', 'Tries', 'Why', 'Actions'].map((name) => (
                  <Table.Th key={name}>{name}</Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {edges.map(({ node }) => (
                <DeliveryRow key={node.id} delivery={node} />
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      {page?.pageInfo.hasNextPage && (
        <Button
          variant="default"
          onClick={() => fetchMore({ variables: { filter, after: page.pageInfo.endCursor } })}
        >
          More
        </Button>
      )}
    </Stack>
  );
}
