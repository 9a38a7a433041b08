import { useQuery, useSubscription } from '@apollo/client/react';
import { Alert, Button, Group, Loader, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { type FragmentType, getFragmentData } from '../gql';
import type { FlowFragment } from '../gql/graphql';
import { Time } from '../ui/time';
import { words } from '../ui/words';
import { type Draft, newDraft, useDraft } from './draft';
import { DraftEditor } from './draft-editor';
import { CALL_FLOW, CALL_FLOW_UPDATED, CALL_WITH_FLOW, FLOW } from './flow-documents';
import { FlowRevisions } from './flow-revisions';
import { FlowSteps } from './flow-steps';

/** The flow of a call: as it runs, the earlier ones, and a new one that is drawn and replaces it. */
export function FlowPanel({ callId }: { callId: string }) {
  const { data, error, refetch } = useQuery(CALL_FLOW, { variables: { id: callId } });
  if (error) {
    return (
      <Alert color="red" role="alert" title="The flow was not read">
        <p>{error.message}</p>
        <Button onClick={() => void refetch()}>Try again</Button>
      </Alert>
    );
  }
  if (data === undefined) return <Loader aria-label="Loading" size="sm" />;
  if (data.call === null) return <Text>There is no such call.</Text>;
  return <FlowOfCall key={callId} call={data.call} changeCursor={data.changeCursor} />;
}

interface FlowOfCallProps {
  call: { id: string } & FragmentType<typeof CALL_WITH_FLOW>;
  changeCursor: string | null;
}

function FlowOfCall({ call, changeCursor }: FlowOfCallProps) {
  // A later cursor would begin the subscription anew.
  const [after] = useState(changeCursor);
  useSubscription(CALL_FLOW_UPDATED, { variables: { id: call.id, after } });
  const { endedAt, callFlow } = getFragmentData(CALL_WITH_FLOW, call);
  const active = getFragmentData(FLOW, callFlow);
  const { draft, setDraft, change } = useDraft(call.id);
  const [shown, setShown] = useState<FlowFragment | null>(null);
  // What an earlier flow reports comes late, but it comes: a shown flow that is active shows as it is now.
  const flow = shown === null || shown.id === active?.id ? active : shown;
  const begin = (next: Draft) => {
    setDraft(next);
    setShown(null);
  };
  const replaced = (revision: number | null) => {
    setShown(null);
    notifications.show({
      message: revision === null ? 'The flow is replaced.' : `Flow ${revision} is active.`,
    });
  };
  const base = active?.revision ?? 0;
  return (
    <Stack className="flow-panel" gap="lg">
      {endedAt !== null && (
        <Alert color="gray" title="The call has ended">
          Its flow can be looked at, and no longer replaced.
        </Alert>
      )}
      {draft !== null ? (
        <DraftEditor
          {...{ callId: call.id, draft, setDraft, change, onReplaced: replaced }}
          activeRevision={base}
        />
      ) : (
        <>
          <Group justify="space-between" mih={36}>
            <Text fw={600}>{flow ? <FlowTitle flow={flow} /> : 'This call has no flow'}</Text>
            {flow && flow.id !== active?.id ? (
              <Group gap="xs">
                <Button variant="default" onClick={() => setShown(null)}>
                  Back to the active flow
                </Button>
                {endedAt === null && (
                  <Button onClick={() => begin(newDraft(base, flow.commands))}>Use as a draft</Button>
                )}
              </Group>
            ) : (
              endedAt === null && (
                <Button onClick={() => begin(newDraft(base, active?.commands))}>
                  {active ? 'Edit' : 'Draw a flow'}
                </Button>
              )
            )}
          </Group>
          {flow && <FlowSteps flow={flow} />}
        </>
      )}
      {active && <FlowRevisions callId={call.id} activeId={active.id} shownId={flow?.id} onShow={setShown} />}
    </Stack>
  );
}

const FlowTitle = ({ flow: { revision, status, createdAt } }: { flow: FlowFragment }) => (
  <>
    Flow {revision} · {words(status).toLowerCase()} · <Time at={createdAt} />
  </>
);
