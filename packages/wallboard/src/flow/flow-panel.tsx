import { useQuery } from '@apollo/client/react';
import { Alert, List, Loader, Text } from '@mantine/core';
import { graphql } from '../gql';
import { words } from '../ui/words';

const FLOW = graphql(`
  query CallFlowCommands($id: ID!) {
    call(id: $id) {
      id
      callFlow {
        id
        revision
        commands {
          id
          command
          status
        }
      }
    }
  }
`);

export function FlowPanel({ callId }: { callId: string }) {
  const { data, error } = useQuery(FLOW, { variables: { id: callId } });
  if (error) {
    return (
      <Alert color="red" role="alert" title="The flow could not be read">
        {error.message}
      </Alert>
    );
  }
  if (data === undefined) return <Loader aria-label="Reading the flow" />;
  const flow = data.call?.callFlow;
  if (flow == null) {
    return (
      <Text size="sm" c="dimmed">
        This call has no flow.
      </Text>
    );
  }
  return (
    <List type="ordered" size="sm">
      {flow.commands.map(({ id, command, status }) => (
        <List.Item key={id}>
          {words(command)}, {words(status).toLowerCase()}
        </List.Item>
      ))}
    </List>
  );
}
