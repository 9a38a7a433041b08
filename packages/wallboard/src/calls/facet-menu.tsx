import { useQuery } from '@apollo/client/react';
import { Button, Checkbox, Group, Loader, Popover, ScrollArea, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { DELIVERY_STATES } from '../deliveries/delivery-state';
import { graphql } from '../gql';
import type { CallDimension, CallFilter } from '../gql/graphql';
import { LIST_MENUS, menuLabel, valueName } from './names';
import { type CallsView, filterOf, type ListName, toggled, without } from './view';

const FACET = graphql(`
  query FilterMenu($field: CallDimension!, $filter: CallFilter, $startsWith: String) {
    callFacet(field: $field, filter: $filter, startsWith: $startsWith, first: 50) {
      value
      label
      calls
    }
  }
`);
const LONG = 50;

interface MenuProps {
  view: CallsView;
  onChange(view: CallsView): void;
}

/** A menu of the values that calls have, with how many have each, as the other filters leave them. */
export function FacetMenu({ name, view, onChange }: MenuProps & { name: ListName }) {
  const [isOpen, setOpen] = useState(false);
  const { dimension } = LIST_MENUS[name];
  const chosen = view.lists[name];
  return (
    <Popover opened={isOpen} onChange={setOpen} position="bottom-start" trapFocus returnFocus shadow="md">
      <Popover.Target>
        <Button
          size="xs"
          variant={chosen.length > 0 ? 'light' : 'default'}
          aria-haspopup="dialog"
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
        >
          {menuLabel(name, view)}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p="xs" w={280}>
        {dimension === null ? (
          <Values {...{ name, view, onChange }} values={DELIVERY_STATES.map((value) => ({ value }))} />
        ) : (
          <Counted {...{ name, view, onChange, dimension }} />
        )}
      </Popover.Dropdown>
    </Popover>
  );
}

function Counted({
  name,
  view,
  onChange,
  dimension,
}: MenuProps & { name: ListName; dimension: CallDimension }) {
  const [typed, setTyped] = useState('');
  const [startsWith] = useDebouncedValue(typed, 200);
  const [filter] = useState<CallFilter | null>(() => filterOf(without(view, name), Date.now()));
  const { data, previousData, loading, error } = useQuery(FACET, {
    variables: { field: dimension, filter, startsWith: startsWith || null },
    fetchPolicy: 'cache-and-network',
  });
  const found = (data ?? previousData)?.callFacet ?? [];
  // What is chosen can be taken back, also where no call has it any more.
  const missing = view.lists[name].filter(
    (value) => startsWith === '' && !found.some((each) => each.value === value),
  );
  const isLong = typed !== '' || found.length >= LONG;
  return (
    <Stack gap="xs">
      {isLong && (
        <TextInput
          size="xs"
          aria-label="Begins with"
          placeholder="Begins with …"
          value={typed}
          onChange={({ currentTarget }) => setTyped(currentTarget.value)}
        />
      )}
      {error && (
        <Text size="sm" c="red" role="alert">
          {error.message}
        </Text>
      )}
      {loading && found.length === 0 ? (
        <Loader size="sm" aria-label="Loading" />
      ) : (
        <Values
          {...{ name, view, onChange }}
          values={[...found, ...missing.map((value) => ({ value, calls: 0 }))]}
        />
      )}
    </Stack>
  );
}

interface Value {
  value: string;
  label?: string | null;
  calls?: number;
}

function Values({ name, view, values, onChange }: MenuProps & { name: ListName; values: readonly Value[] }) {
  if (values.length === 0) return <Text size="sm">No call has one.</Text>;
  return (
    <ScrollArea.Autosize mah={320} type="auto">
      <Stack gap={6} p={2}>
        {values.map(({ value, label, calls }) => (
          <Group key={value} justify="space-between" wrap="nowrap" gap="xs">
            <Checkbox
              size="sm"
              label={label ?? valueName(name, value)}
              checked={view.lists[name].includes(value)}
              onChange={() => onChange(toggled(view, name, value))}
            />
            {calls !== undefined && (
              <Text size="sm" c="dimmed" className="calls-count">
                {calls.toLocaleString()}
              </Text>
            )}
          </Group>
        ))}
      </Stack>
    </ScrollArea.Autosize>
  );
}
