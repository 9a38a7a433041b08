import { Button, Select } from '@mantine/core';
import type { CallOrderField } from '../gql/graphql';
import { FacetMenu } from './facet-menu';
import { type CallsView, LIST_NAMES, ORDERS } from './view';
import { WhenMenu } from './when-menu';

export function FilterMenus({ view, onChange }: { view: CallsView; onChange(view: CallsView): void }) {
  return (
    <>
      {LIST_NAMES.map((name) => (
        <FacetMenu key={name} {...{ name, view, onChange }} />
      ))}
      <WhenMenu {...{ view, onChange }} />
      <YesOrNo
        label="Recording"
        value={view.recording}
        onChange={(recording) => onChange({ ...view, recording })}
      />
      <YesOrNo
        label="Voice call"
        value={view.voiceCall}
        onChange={(voiceCall) => onChange({ ...view, voiceCall })}
      />
      <Select
        size="xs"
        w={160}
        aria-label="Order"
        allowDeselect={false}
        data={Object.entries(ORDERS).map(([value, label]) => ({ value, label }))}
        value={view.order}
        onChange={(order) => order && onChange({ ...view, order: order as CallOrderField })}
      />
      <Button
        size="xs"
        variant="default"
        onClick={() => onChange({ ...view, isAscending: !view.isAscending })}
      >
        {view.isAscending ? 'Ascending' : 'Descending'}
      </Button>
    </>
  );
}

interface YesOrNoProps {
  label: string;
  value: boolean | null;
  onChange(value: boolean | null): void;
}

function YesOrNo({ label, value, onChange }: YesOrNoProps) {
  return (
    <Select
      size="xs"
      w={150}
      aria-label={label}
      allowDeselect={false}
      data={[
        { value: '', label: `${label}: any` },
        { value: 'yes', label: `With ${label.toLowerCase()}` },
        { value: 'no', label: `No ${label.toLowerCase()}` },
      ]}
      value={value === null ? '' : value ? 'yes' : 'no'}
      onChange={(next) => onChange(next === 'yes' ? true : next === 'no' ? false : null)}
    />
  );
}
