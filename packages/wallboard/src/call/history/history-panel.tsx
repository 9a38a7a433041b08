import { SegmentedControl, Stack } from '@mantine/core';
import { useState } from 'react';
import { CallChanges } from './call-changes';
import { CallEvents } from './call-events';

const VIEWS = [
  { value: 'changes', label: 'Changes' },
  { value: 'events', label: 'Events in their own time' },
];

export function HistoryPanel({ callId, revision }: { callId: string; revision: number }) {
  const [view, setView] = useState('changes');
  return (
    <Stack>
      <SegmentedControl
        data={VIEWS}
        value={view}
        onChange={setView}
        aria-label="What of the history"
        className="history-views"
      />
      {view === 'changes' ? (
        <CallChanges callId={callId} revision={revision} />
      ) : (
        <CallEvents callId={callId} revision={revision} />
      )}
    </Stack>
  );
}
