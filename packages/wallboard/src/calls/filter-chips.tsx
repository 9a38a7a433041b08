import { Button, Group } from '@mantine/core';
import { LIST_MENUS, SPAN_NAMES, valueName } from './names';
import { type CallsView, cleared, LIST_NAMES, toggled } from './view';

interface Chip {
  name: string;
  /** The view without it. */
  without: CallsView;
}

const TIME = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

export function chipsOf(view: CallsView): Chip[] {
  const { search, when, group, recording, voiceCall } = view;
  const chips: (Chip | false)[] = [
    search.trim() !== '' && { name: `“${search.trim()}”`, without: { ...view, search: '' } },
    when.last !== null && {
      name: SPAN_NAMES[when.last],
      without: { ...view, when: { ...when, last: null } },
    },
    when.from !== null && {
      name: `From ${TIME.format(new Date(when.from))}`,
      without: { ...view, when: { ...when, from: null } },
    },
    when.to !== null && {
      name: `Until ${TIME.format(new Date(when.to))}`,
      without: { ...view, when: { ...when, to: null } },
    },
    group !== null && { name: `${group.kind} ${group.key}`, without: { ...view, group: null } },
    recording !== null && {
      name: recording ? 'With recording' : 'No recording',
      without: { ...view, recording: null },
    },
    voiceCall !== null && {
      name: voiceCall ? 'With voice call' : 'No voice call',
      without: { ...view, voiceCall: null },
    },
    ...LIST_NAMES.flatMap((name) =>
      view.lists[name].map((value) => ({
        name: `${LIST_MENUS[name].label}: ${valueName(name, value)}`,
        without: toggled(view, name, value),
      })),
    ),
  ];
  return chips.filter((chip) => chip !== false);
}

interface ChipsProps {
  view: CallsView;
  chips: readonly Chip[];
  onChange(view: CallsView): void;
}

/** The filters that are on, each with what takes it off. */
export function FilterChips({ view, chips, onChange }: ChipsProps) {
  if (chips.length === 0) return null;
  return (
    <Group gap={6} component="ul" aria-label="Filters that are on" className="calls-chips">
      {chips.map(({ name, without }) => (
        <li key={name}>
          <Button
            size="compact-xs"
            variant="light"
            radius="xl"
            rightSection={<span aria-hidden="true">×</span>}
            aria-label={`Remove ${name}`}
            onClick={() => onChange(without)}
          >
            {name}
          </Button>
        </li>
      ))}
      <li>
        <Button size="compact-xs" variant="subtle" onClick={() => onChange(cleared(view))}>
          Clear all
        </Button>
      </li>
    </Group>
  );
}
