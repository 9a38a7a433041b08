import { Button, Loader, Stack, Text } from '@mantine/core';
import { Notice } from '../notice';
import { byChange } from './by-change';
import { ChangeDeliveries } from './change-deliveries';
import { useDeliveries } from './use-deliveries';

/** At each change, whether every vendor has it. */
export function DeliveriesPanel({ callId, revision }: { callId: string; revision: number }) {
  const { nodes, error, isAdmin, hasOlder, readOlder } = useDeliveries(callId, revision);
  if (error && nodes === undefined) {
    return (
      <Notice color="red" role="alert" title="The deliveries could not be read">
        {error.message}
      </Notice>
    );
  }
  if (nodes === undefined) return <Loader aria-label="Reading the deliveries" />;
  if (nodes.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        Nothing of this call is sent to a vendor: no vendor account took its changes.
      </Text>
    );
  }
  return (
    <Stack>
      {byChange(nodes).map(({ id, change, deliveries }) => (
        <ChangeDeliveries key={id} change={change} deliveries={deliveries} isAdmin={isAdmin} />
      ))}
      {hasOlder && (
        <Button variant="default" w="fit-content" onClick={() => void readOlder()}>
          Older deliveries
        </Button>
      )}
    </Stack>
  );
}
