import { Button, Stack, Text, Title } from '@mantine/core';
import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'wouter';
import { useCallList } from './call-list';
import { CallTable } from './call-table';
import './calls.css';
import { FilterBar } from './filter-bar';
import { useTotal } from './use-total';
import { type CallsView, cleared, filterOf, orderOf, readView, writeView } from './view';

export function CallsPage() {
  const [params, setParams] = useSearchParams();
  const address = params.toString();
  const view = useMemo(() => readView(new URLSearchParams(address)), [address]);
  const [filter, orderBy] = useMemo(() => [filterOf(view, Date.now()), orderOf(view)], [view]);
  const show = useCallback((next: CallsView) => setParams(writeView(next)), [setParams]);
  const list = useCallList(filter, orderBy);
  const total = useTotal(filter, list.ids);
  const isNewestFirst = orderBy === null;
  return (
    <div className="calls-page">
      <Title order={1} size="h3">
        Calls
      </Title>
      <FilterBar view={view} onChange={show} />
      <CallTable
        {...{ list, total, isNewestFirst }}
        empty={
          <Stack align="center" gap="xs">
            <Text>{filter === null ? 'There are no calls yet.' : 'No calls match.'}</Text>
            {filter !== null && <Button onClick={() => show(cleared(view))}>Clear all filters</Button>}
          </Stack>
        }
      />
    </div>
  );
}
