import { Button, Stack, Text } from '@mantine/core';
import { useInterval } from '@mantine/hooks';
import { useEffect, useState } from 'react';
import { freshToken } from '../session/fresh-token';
import { gatewayUrl } from '../session/gateway-path';
import { readSettings } from '../session/settings';

/** What the gateway says of simulated calls: docs/demo.md. */
interface Traffic {
  state: 'NONE' | 'RUNNING' | 'STOPPING' | 'DONE' | 'STOPPED' | 'FAILED';
  calls?: number | null;
  live?: boolean;
  written?: { calls: number };
  problem?: string | null;
}

/** Milliseconds. */
const PAUSE = 1_000;

/** Simulates calls, where the gateway has a demo and the organization is the demo's. */
export function DemoTraffic() {
  const [traffic, setTraffic] = useState<Traffic | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  const ask = async (method: 'GET' | 'POST' | 'DELETE', body?: object) => {
    const answer = await send(method, body);
    if (typeof answer === 'string') return setRefusal(answer);
    setRefusal(null);
    setTraffic(answer);
  };
  useEffect(() => {
    void readSettings().then(async ({ hasDemo }) => {
      const answer = hasDemo ? await send('GET') : null;
      // Other organizations are refused.
      if (answer !== null && typeof answer !== 'string') setTraffic(answer);
    });
  }, []);
  const isStopping = traffic?.state === 'STOPPING';
  const isRunning = traffic?.state === 'RUNNING' || isStopping;
  const follow = useInterval(() => void ask('GET'), PAUSE);
  useEffect(() => {
    if (isRunning) follow.start();
    return follow.stop;
  }, [isRunning, follow.start, follow.stop]);
  if (traffic === null) return null;
  return (
    <Stack gap={6} component="section" aria-label="Demo">
      <Text size="xs" c="dimmed" role="status">
        {refusal ?? wordsOf(traffic)}
      </Text>
      {isRunning ? (
        <Button size="xs" variant="default" disabled={isStopping} onClick={() => ask('DELETE')}>
          Stop
        </Button>
      ) : (
        <>
          <Button size="xs" variant="default" onClick={() => ask('POST', {})}>
            Simulate a day
          </Button>
          <Button size="xs" variant="default" onClick={() => ask('POST', { live: true })}>
            Simulate live calls
          </Button>
        </>
      )}
    </Stack>
  );
}

function wordsOf({ state, calls, written, problem, live }: Traffic): string {
  const count = written?.calls ?? 0;
  switch (state) {
    case 'RUNNING':
      return live ? `${count} calls so far` : `${count} of ${calls} calls`;
    case 'STOPPING':
      return 'Calls that are under way end';
    case 'DONE':
    case 'STOPPED':
      return `${count} calls simulated`;
    case 'FAILED':
      return problem ?? 'The simulation failed';
    case 'NONE':
      return 'Calls of an invented company';
  }
}

/** @returns what the gateway says, or why it refuses */
async function send(method: string, body?: object): Promise<Traffic | string> {
  try {
    const response = await fetch(gatewayUrl('/demo/traffic'), {
      method,
      headers: {
        authorization: `Bearer ${await freshToken()}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const answer = await response.json();
    return response.ok ? answer : (answer.errors?.[0]?.message ?? `The gateway answered ${response.status}`);
  } catch (error) {
    return (error as Error).message;
  }
}
