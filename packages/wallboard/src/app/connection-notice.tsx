import { Alert } from '@mantine/core';
import { type ConnectionNote, useConnectionNote, useLiveState } from '../graphql/connection';

const NOTES: Record<ConnectionNote, { title: string; text: string }> = {
  'caught up': { title: 'Connected again', text: 'What changed in between is being caught up.' },
  'read anew': {
    title: 'Read anew',
    text: 'The gateway’s log of changes was set back, so what is live was read again.',
  },
};

/** Above the page, so that it moves nothing. What was missed comes after the cut: the kit goes on after the last change. */
export function ConnectionNotice() {
  const live = useLiveState();
  const noted = useConnectionNote();
  return (
    <div role="status" className="connection-notice">
      {live.state === 'waiting' && (
        <Alert color="orange" variant="filled" title="The connection is cut">
          Changes are caught up as soon as it is back. Try {live.attempt}, {live.reason}
        </Alert>
      )}
      {live.state === 'connected' && noted && (
        <Alert color="blue" variant="filled" title={NOTES[noted].title}>
          {NOTES[noted].text}
        </Alert>
      )}
    </div>
  );
}
