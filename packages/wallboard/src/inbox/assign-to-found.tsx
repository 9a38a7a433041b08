import { useQuery } from '@apollo/client/react';
import { Button, Group, Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { graphql } from '../gql';
import { words } from '../ui/words';

const FIND = graphql(`
  query FindCalls($search: String!) {
    calls(filter: { search: $search }, orderBy: { field: OCCURRED_AT }, first: 10) {
      edges {
        cursor
        node {
          id
          from
          to
          status
          occurredAt
        }
      }
    }
  }
`);

interface AssignToFoundProps {
  isBusy: boolean;
  onAssign(call: string): void;
}

/** Letters that a search needs. */
const LEAST = 3;
/** Milliseconds without a key pressed, before it searches. */
const PAUSE = 250;

/** Assigns an event to any call, which is found as the list of calls finds it. */
export function AssignToFound({ isBusy, onAssign }: AssignToFoundProps) {
  const [text, setText] = useState('');
  const [call, setCall] = useState<string | null>(null);
  const [search] = useDebouncedValue(text.trim(), PAUSE);
  // The text of what is chosen is no search; what was found stays to choose from.
  const skip = search.length < LEAST || call !== null;
  const { data, previousData, error } = useQuery(FIND, { variables: { search }, skip });
  const found = (data ?? previousData)?.calls?.edges ?? [];
  const time = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
  return (
    <Group gap="xs" align="flex-end">
      <Select
        size="xs"
        label="Another call"
        placeholder="Number, reference, tag …"
        searchable
        searchValue={text}
        onSearchChange={setText}
        value={call}
        onChange={setCall}
        error={error?.message}
        // The gateway has found them, and by more than what is shown.
        filter={({ options }) => options}
        nothingFoundMessage={search.length < LEAST ? `Type ${LEAST} letters` : 'No call found'}
        data={found.map(({ node }) => ({
          value: node.id,
          label: `${node.from ?? '?'} → ${node.to ?? '?'}, ${words(node.status)}, ${time.format(new Date(node.occurredAt))}`,
        }))}
        w={340}
        maw="100%"
      />
      <Button
        size="xs"
        variant="default"
        disabled={call === null}
        loading={isBusy}
        onClick={() => call !== null && onAssign(call)}
      >
        Assign
      </Button>
    </Group>
  );
}
