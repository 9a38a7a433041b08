import { Stack, Title } from '@mantine/core';
import { useParams } from 'wouter';
import { FlowPanel } from '../flow/flow-panel';

export function CallPage() {
  const { id = '' } = useParams();
  return (
    <Stack>
      <Title order={1} size="h3">
        Call
      </Title>
      <FlowPanel callId={id} />
    </Stack>
  );
}
