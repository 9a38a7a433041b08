import { Title } from '@mantine/core';

export function CallPage() {
  return (
    <Title order={1} size="h3">
      Call
    </Title>
  );
}
