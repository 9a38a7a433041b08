import { Button, Popover, Select, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { SPAN_NAMES } from './names';
import type { CallsView, Span, When } from './view';

/** When the calls happened: a span until now, or from one time to another in the reader's zone. */
export function WhenMenu({ view, onChange }: { view: CallsView; onChange(view: CallsView): void }) {
  const [isOpen, setOpen] = useState(false);
  const { when } = view;
  const change = (next: Partial<When>) => onChange({ ...view, when: { ...when, ...next } });
  return (
    <Popover opened={isOpen} onChange={setOpen} position="bottom-start" trapFocus returnFocus shadow="md">
      <Popover.Target>
        <Button
          size="xs"
          variant={(when.last ?? when.from ?? when.to) ? 'light' : 'default'}
          aria-haspopup="dialog"
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
        >
          When
        </Button>
      </Popover.Target>
      <Popover.Dropdown p="xs" w={280}>
        <Stack gap="xs">
          <Select
            size="xs"
            label="Span"
            clearable
            placeholder="Any time"
            comboboxProps={{ withinPortal: false }}
            data={Object.entries(SPAN_NAMES).map(([value, label]) => ({ value, label }))}
            value={when.last}
            onChange={(last) => change({ last: last as Span | null, from: null, to: null })}
          />
          <Instant label="From" at={when.from} onChange={(from) => change({ from, last: null })} />
          <Instant label="Until" at={when.to} onChange={(to) => change({ to, last: null })} />
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

function Instant({
  label,
  at,
  onChange,
}: {
  label: string;
  at: string | null;
  onChange(at: string | null): void;
}) {
  return (
    <TextInput
      size="xs"
      type="datetime-local"
      label={label}
      value={at === null ? '' : local(at)}
      onChange={({ currentTarget: { value } }) =>
        onChange(value === '' ? null : new Date(value).toISOString())
      }
    />
  );
}

/** As the field writes it, e.g. `2026-11-30T09:15`. */
function local(at: string): string {
  const time = new Date(at);
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
