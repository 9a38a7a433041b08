import { useLazyQuery } from '@apollo/client/react';
import { MultiSelect } from '@mantine/core';
import type { CallDimension, CallFilter } from '../gql/graphql';
import { CALL_FACET } from './figures-documents';
import { valueText } from './figures-math';

interface FacetSelectProps {
  label: string;
  field: CallDimension;
  /** Of the calls whose values are offered. */
  filter: CallFilter;
  chosen: string[];
  onChange(chosen: string[]): void;
}

/** Offers the values that calls of the time have, most frequent first. They are counted when the menu is opened. */
export function FacetSelect({ label, field, filter, chosen, onChange }: FacetSelectProps) {
  const [read, { data, loading, error }] = useLazyQuery(CALL_FACET);
  const found = data?.callFacet ?? [];
  const offered = found.map(({ value, label: name, calls }) => ({
    value,
    label: `${name ?? valueText(value, field)} (${calls})`,
  }));
  const known = new Set(found.map(({ value }) => value));
  const others = chosen
    .filter((value) => !known.has(value))
    .map((value) => ({ value, label: valueText(value, field) }));
  return (
    <MultiSelect
      label={label}
      data={[...offered, ...others]}
      value={chosen}
      onChange={onChange}
      onDropdownOpen={() => void read({ variables: { field, filter } })}
      placeholder={chosen.length === 0 ? 'All' : ''}
      nothingFoundMessage={loading ? 'Counting…' : 'No call has one.'}
      error={error?.message}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': `All of ${label}` }}
    />
  );
}
