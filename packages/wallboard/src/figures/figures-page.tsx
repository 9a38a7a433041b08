import { Title } from '@mantine/core';

export function FiguresPage() {
  return (
    <Title order={1} size="h3">
      Figures
    </Title>
  );
}
