import { useQuery, useSubscription } from '@apollo/client/react';
import { Alert, Button, Group, Loader, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { type FragmentType, getFragmentData } from '../gql';
import type { FlowFragment } from '../gql/graphql';
import { useDraft } from '../session/drafts';
import { Time } from '../ui/time';
import { words } from '../ui/words';
import { type ChangeDraft, isDraft, newDraft } from './draft';
import { DraftEditor } from './draft-editor';
import { CALL_FLOW, CALL_FLOW_UPDATED, CALL_WITH_FLOW, FLOW } from './flow-documents';
import { FlowRevisions } from './flow-revisions';
import { FlowSteps } from './flow-steps';

/** The flow of a call: as it runs, the earlier ones, and a new one that is drawn and replaces it. */
export function FlowPanel({ callId }: { callId: string }) {
  const { data, error, refetch } = useQuery(CALL_FLOW, { variables: { id: callId } });
  const [readings, setReadings] = useState(0);
  const readAgain = async () => {
    await refetch();
    setReadings((count) => count + 1);
  };
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
  return (
    <FlowOfCall
      key={`${data.call.id} ${readings}`}
      call={data.call}
      changeCursor={data.changeCursor}
      onReadAgain={readAgain}
    />
  );
}

interface FlowOfCallProps {
  call: { id: string } & FragmentType<typeof CALL_WITH_FLOW>;
  changeCursor: string | null;
  onReadAgain(): Promise<void>;
}

function FlowOfCall({ call, changeCursor, onReadAgain }: FlowOfCallProps) {
  // A later cursor would begin the subscription anew.
  const [after] = useState(changeCursor);
  const { error } = useSubscription(CALL_FLOW_UPDATED, {
    variables: { id: call.id, after },
    onData: ({ data }) => {
      const id = data.data?.callUpdated.call.id;
      // It was joined into another call, which has its flows from now on.
      if (id !== undefined && id !== call.id) void onReadAgain();
    },
  });
  const { endedAt, callFlow } = getFragmentData(CALL_WITH_FLOW, call);
  const active = getFragmentData(FLOW, callFlow);
  const [draft, setDraft] = useDraft(`flow ${call.id}`, isDraft);
  const change: ChangeDraft = (update) => setDraft((present) => present && update(present));
  const [chosen, choose] = useState<FlowFragment | null>(null);
  const flow = chosen === null || chosen.id === active?.id ? active : chosen;
  const base = active?.revision ?? 0;
  const isDrawing = draft !== null && chosen === null;
  const begin = (commands?: FlowFragment['commands']) => {
    setDraft(newDraft(base, commands));
    choose(null);
  };
  const replaced = (revision: number) => notifications.show({ message: `Flow ${revision} is active.` });
  return (
    <Stack className="flow-panel" gap="lg">
      {error && (
        <Alert color="red" role="alert" title="Changes do not come any more">
          <p>{error.message}</p>
          <Button onClick={() => void onReadAgain()}>Read again</Button>
        </Alert>
      )}
      {endedAt !== null && (
        <Alert color="gray" title="The call has ended">
          Its flow can be looked at, and no longer replaced.
        </Alert>
      )}
      {isDrawing ? (
        <DraftEditor
          {...{ callId: call.id, draft, setDraft, change, onReplaced: replaced }}
          activeRevision={base}
        />
      ) : (
        <>
          <Group justify="space-between" mih={46}>
            <Text fw={600}>{flow ? <FlowTitle flow={flow} /> : 'This call has no flow'}</Text>
            <Group gap="xs">
              {chosen !== null && (
                <Button variant="default" onClick={() => choose(null)}>
                  {draft === null ? 'Back to the active flow' : 'Back to the draft'}
                </Button>
              )}
              {endedAt === null && flow && chosen !== null && (
                <Button onClick={() => begin(flow.commands)}>Use as a draft</Button>
              )}
              {endedAt === null && chosen === null && (
                <Button onClick={() => begin(active?.commands)}>{active ? 'Edit' : 'Draw a flow'}</Button>
              )}
            </Group>
          </Group>
          {flow && <FlowSteps flow={flow} />}
        </>
      )}
      {active && (
        <FlowRevisions
          callId={call.id}
          activeId={active.id}
          shownId={isDrawing ? undefined : flow?.id}
          onShow={choose}
        />
      )}
    </Stack>
  );
}

const FlowTitle = ({ flow: { revision, status, createdAt } }: { flow: FlowFragment }) => (
  <>
    Flow {revision} · {words(status).toLowerCase()} · <Time at={createdAt} />
  </>
);
