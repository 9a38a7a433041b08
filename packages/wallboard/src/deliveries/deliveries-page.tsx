import { Title } from '@mantine/core';

export function DeliveriesPage() {
  return (
    <Title order={1} size="h3">
      Deliveries
    </Title>
  );
}
