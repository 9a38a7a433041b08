import { Alert } from '@mantine/core';
import { useLiveState } from '../graphql/connection';

/** Above the page, so that it moves nothing. What was missed comes after the cut: the kit goes on after the last change. */
export function ConnectionNotice() {
  const live = useLiveState();
  return (
    <div role="status" className="connection-notice">
      {live.state === 'waiting' && (
        <Alert color="orange" variant="filled" title="The connection is cut">
          Changes are caught up as soon as it is back. Try {live.attempt}, {live.reason}
        </Alert>
      )}
    </div>
  );
}
