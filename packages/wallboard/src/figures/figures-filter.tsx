import { Button, Group, NativeSelect, Select, Switch, TextInput } from '@mantine/core';
import { words } from '../ui/words';
import { addDays, dayAt, daysFrom, isDay, timeZones } from './calendar';
import { DimensionSelect } from './dimension-select';
import { FacetSelect } from './facet-select';
import { type FiguresSearch, type ListName, rangeFilter, UNITS } from './figures-search';

const PERIODS = [7, 30, 90, 365];
const FACETS: readonly {
  name: ListName;
  label: string;
  field: 'STATUS' | 'SYSTEM' | 'STAFF' | 'ASSISTANT' | 'TAG';
}[] = [
  { name: 'status', label: 'Status', field: 'STATUS' },
  { name: 'staff', label: 'Staff', field: 'STAFF' },
  { name: 'assistant', label: 'Assistant', field: 'ASSISTANT' },
  { name: 'tag', label: 'Tag', field: 'TAG' },
  { name: 'system', label: 'System', field: 'SYSTEM' },
];
const ZONES = timeZones();

interface FiguresFilterProps {
  search: FiguresSearch;
  set(change: Partial<FiguresSearch>): void;
}

/** Everything is in the address, so that it can be sent to others. */
export function FiguresFilter({ search, set }: FiguresFilterProps) {
  const { from, to, zone, unit, compares } = search;
  const today = dayAt(Date.now(), zone);
  const zones = ZONES.includes(zone) ? ZONES : [zone, ...ZONES];
  return (
    <search>
      <Group align="end" gap="sm">
        <Group gap={4} role="group" aria-label="Period">
          {PERIODS.map((days) => {
            const isChosen = to === today && daysFrom(from, to) === days;
            return (
              <Button
                key={days}
                variant={isChosen ? 'filled' : 'default'}
                aria-pressed={isChosen}
                onClick={() => set({ from: addDays(today, 1 - days), to: today })}
              >
                {days === 365 ? '1 year' : `${days} days`}
              </Button>
            );
          })}
        </Group>
        <TextInput
          type="date"
          label="From"
          value={from}
          onChange={({ currentTarget: { value } }) =>
            isDay(value) && set({ from: value, to: to < value ? value : to })
          }
        />
        <TextInput
          type="date"
          label="To"
          value={to}
          onChange={({ currentTarget: { value } }) =>
            isDay(value) && set({ to: value, from: value < from ? value : from })
          }
        />
        <Select
          label="Time zone"
          data={zones}
          value={zone}
          onChange={(value) => value !== null && set({ zone: value })}
          searchable
          allowDeselect={false}
          limit={100}
          w={210}
        />
        <NativeSelect
          label="By time"
          data={UNITS.map((each) => ({ value: each, label: words(each) }))}
          value={unit}
          onChange={({ currentTarget }) => {
            const chosen = UNITS.find((each) => each === currentTarget.value);
            if (chosen !== undefined) set({ unit: chosen });
          }}
        />
        <DimensionSelect search={search} set={set} />
        <Switch
          label="Compare with the time before"
          checked={compares}
          onChange={({ currentTarget }) => set({ compares: currentTarget.checked })}
          mb={8}
        />
      </Group>
      <div className="figures-facets">
        {FACETS.map(({ name, label, field }) => (
          <FacetSelect
            key={name}
            label={label}
            field={field}
            filter={rangeFilter(search)}
            chosen={search[name]}
            onChange={(chosen) => set({ [name]: chosen })}
          />
        ))}
      </div>
    </search>
  );
}
