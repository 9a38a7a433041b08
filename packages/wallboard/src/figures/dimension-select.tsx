import { NativeSelect, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useState } from 'react';
import { words } from '../ui/words';
import { DIMENSIONS, type FiguresSearch, METADATA } from './figures-search';

interface DimensionSelectProps {
  search: FiguresSearch;
  set(change: Partial<FiguresSearch>): void;
}

const CHOICES: readonly FiguresSearch['by'][] = [...DIMENSIONS, METADATA];

/** What the calls are told apart by. */
export function DimensionSelect({ search: { by, path }, set }: DimensionSelectProps) {
  const [typed, setTyped] = useState(path);
  const setPath = useDebouncedCallback((value: string) => set({ path: value }), 400);
  return (
    <>
      <NativeSelect
        label="By value"
        data={CHOICES.map((each) => ({ value: each, label: words(each) }))}
        value={by}
        onChange={({ currentTarget }) => {
          const chosen = CHOICES.find((each) => each === currentTarget.value);
          if (chosen !== undefined) set({ by: chosen });
        }}
      />
      {by === METADATA && (
        <TextInput
          label="Path into the metadata"
          placeholder="customer.tier"
          value={typed}
          onChange={({ currentTarget }) => {
            setTyped(currentTarget.value);
            setPath(currentTarget.value);
          }}
        />
      )}
    </>
  );
}
