import { Alert, Button, Group, Text } from '@mantine/core';

/** What the gateway says, e.g. that a time has too many calls to count. */
export const QueryError = ({ error, onRetry }: { error: Error; onRetry(): void }) => (
  <Alert color="red" role="alert" title="The figures were not read">
    <Group justify="space-between">
      <Text size="sm">{error.message}</Text>
      <Button variant="default" size="xs" onClick={onRetry}>
        Try again
      </Button>
    </Group>
  </Alert>
);
