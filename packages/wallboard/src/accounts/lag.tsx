import { Text } from '@mantine/core';
import { useInterval } from '@mantine/hooks';
import { useState } from 'react';
import { formatDuration } from '../ui/duration';

/** How far the account is behind: what waits, and for how long. */
export function Lag({ pending, since }: { pending: number; since: string | null }) {
  const [now, setNow] = useState(Date.now);
  useInterval(() => setNow(Date.now()), 1_000, { autoInvoke: true });
  if (pending === 0 || since === null) return <Text size="sm">Nothing waits</Text>;
  return (
    <Text size="sm">
      {pending} waiting, the oldest for {formatDuration(Math.max(0, (now - Date.parse(since)) / 1_000))}
    </Text>
  );
}
