import { Button, Group, TextInput } from '@mantine/core';
import { useDebouncedCallback, useDisclosure } from '@mantine/hooks';
import { lazy, memo, Suspense, useEffect, useRef, useState } from 'react';
import { named } from '../app/named';
import { chipsOf, FilterChips } from './filter-chips';
import { menuLabel } from './names';
import { useIsSmall } from './small';
import { type CallsView, LIST_NAMES, SHORTEST_SEARCH } from './view';

/** The first calls need none of them. */
const FilterMenus = lazy(() => import('./filter-menus').then(named('FilterMenus')));
/** Pixels: as in filter-menus.tsx. */
const CHOICE_WIDTHS = [150, 150, 160];

interface BarProps {
  view: CallsView;
  onChange(view: CallsView): void;
}

/** Not drawn anew at each change of a call. On a small screen one button opens all but the search. */
export const FilterBar = memo(function FilterBar({ view, onChange }: BarProps) {
  const [isOpen, filters] = useDisclosure(false);
  const isSmall = useIsSmall();
  const chips = chipsOf(view);
  const count = chips.filter(({ without }) => without.search === view.search).length;
  const menus = (
    <Suspense fallback={<Closed {...{ view, onChange }} />}>
      <FilterMenus {...{ view, onChange }} />
    </Suspense>
  );
  return (
    <search className="calls-bar">
      <Search view={view} onChange={onChange} />
      {isSmall ? (
        <>
          <Button
            size="xs"
            variant={count > 0 ? 'light' : 'default'}
            aria-expanded={isOpen}
            onClick={filters.toggle}
          >
            {count > 0 ? `Filters: ${count}` : 'Filters'}
          </Button>
          {isOpen && (
            <Group gap={6} w="100%">
              {menus}
            </Group>
          )}
        </>
      ) : (
        menus
      )}
      {(isOpen || !isSmall) && <FilterChips {...{ view, chips, onChange }} />}
    </search>
  );
});

/** The buttons of the menus, until these are there. */
function Closed({ view }: BarProps) {
  const names = [...LIST_NAMES.map((name) => menuLabel(name, view)), 'When'];
  return (
    <>
      {names.map((name) => (
        <Button key={name} size="xs" variant="default" disabled>
          {name}
        </Button>
      ))}
      {CHOICE_WIDTHS.map((width, index) => (
        <Button key={index} size="xs" variant="default" w={width} disabled />
      ))}
      <Button size="xs" variant="default" disabled>
        {view.isAscending ? 'Ascending' : 'Descending'}
      </Button>
    </>
  );
}

/** What is typed goes into the address a moment later, and what the address says into the field. */
function Search({ view, onChange }: BarProps) {
  const [typed, setTyped] = useState(view.search);
  const sent = useRef(view.search);
  const send = useDebouncedCallback((search: string) => {
    sent.current = search;
    onChange({ ...view, search });
  }, 250);
  useEffect(() => {
    if (view.search === sent.current) return;
    sent.current = view.search;
    setTyped(view.search);
  }, [view.search]);
  const isShort = typed.trim() !== '' && [...typed.trim()].length < SHORTEST_SEARCH;
  return (
    <TextInput
      className="calls-search"
      size="xs"
      type="search"
      aria-label="Search"
      placeholder="Number, reference, assistant, tag, transcript"
      title={isShort ? `At least ${SHORTEST_SEARCH} characters` : undefined}
      aria-description={isShort ? `At least ${SHORTEST_SEARCH} characters` : undefined}
      value={typed}
      onChange={({ currentTarget: { value } }) => {
        setTyped(value);
        send(value);
      }}
    />
  );
}
