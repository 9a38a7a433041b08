import { Title } from '@mantine/core';

export function CallsPage() {
  return (
    <Title order={1} size="h3">
      Calls
    </Title>
  );
}
