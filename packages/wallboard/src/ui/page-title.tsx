import { Group, Title } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';

/** The heading of a page, which names the browser's tab too, and what stands beside it. */
export function PageTitle({ title, children }: { title: string; children?: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Switchboard`;
  }, [title]);
  return (
    <Group justify="space-between" mb="md" mih={36}>
      <Title order={1} size="h3">
        {title}
      </Title>
      {children}
    </Group>
  );
}
