import { useQuery } from '@apollo/client/react';
import { Alert, Button, Group, Stack, Text, Title } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { getFragmentData } from '../gql';
import type { FlowFragment } from '../gql/graphql';
import { Time } from '../ui/time';
import { words } from '../ui/words';
import { CALL_FLOWS, FLOW } from './flow-documents';
import { commandName, titleOf } from './steps';

interface FlowRevisionsProps {
  callId: string;
  activeId: string;
  shownId: string | undefined;
  onShow(flow: FlowFragment): void;
}

/** All flows of a call, newest first. */
export function FlowRevisions({ callId, activeId, shownId, onShow }: FlowRevisionsProps) {
  const { data, error, refetch, fetchMore } = useQuery(CALL_FLOWS, { variables: { id: callId } });
  const read = useRef(activeId);
  useEffect(() => {
    if (read.current === activeId) return;
    read.current = activeId;
    void refetch();
  }, [activeId, refetch]);
  const { nodes = [], pageInfo } = data?.call?.callFlows ?? {};
  return (
    <Stack gap={0}>
      <Title order={2} size="h5">
        Flows of this call
      </Title>
      {error && (
        <Alert color="red" role="alert">
          {error.message}
        </Alert>
      )}
      <ul className="flow-rows">
        {nodes.map((node) => (
          <Revision
            key={node.id}
            flow={getFragmentData(FLOW, node)}
            isShown={node.id === shownId}
            onShow={onShow}
          />
        ))}
      </ul>
      {pageInfo?.hasNextPage && (
        <Button
          mt="xs"
          variant="default"
          onClick={() => void fetchMore({ variables: { after: pageInfo.endCursor } })}
        >
          Earlier flows
        </Button>
      )}
    </Stack>
  );
}

interface RevisionProps {
  flow: FlowFragment;
  isShown: boolean;
  onShow(flow: FlowFragment): void;
}

function Revision({ flow, isShown, onShow }: RevisionProps) {
  const { revision, status, createdAt, commands } = flow;
  return (
    <li className="flow-row">
      <Group justify="space-between" wrap="nowrap" gap="sm">
        <div className="flow-row-text">
          <Text size="sm" fw={isShown ? 600 : 400}>
            Flow {revision} · {words(status).toLowerCase()} · <Time at={createdAt} />
          </Text>
          <Text size="sm" c="dimmed">
            {commands.map(({ command }) => titleOf(commandName(command))).join(', ')}
          </Text>
        </div>
        <Button
          variant="default"
          size="xs"
          aria-label={`Show flow ${revision}`}
          aria-pressed={isShown}
          onClick={() => onShow(flow)}
        >
          Show
        </Button>
      </Group>
    </li>
  );
}
