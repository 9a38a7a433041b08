import { Button, Text } from '@mantine/core';
import { useRef, useState } from 'react';
import type { CallFilter } from '../gql/graphql';
import { freshToken } from '../session/fresh-token';
import { gatewayUrl } from '../session/gateway-path';
import { saveFile } from './save-file';

/** Saves the calls themselves. A link could not: the key goes into a header. */
export function ExportCalls({ filter, name }: { filter: CallFilter; name: string }) {
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const running = useRef<AbortController | null>(null);
  const exportCalls = async () => {
    const abort = new AbortController();
    running.current = abort;
    setBusy(true);
    setError(null);
    try {
      const query = new URLSearchParams({ filter: JSON.stringify(filter) });
      const response = await fetch(gatewayUrl(`/export/calls.csv?${query}`), {
        headers: { authorization: `Bearer ${await freshToken()}` },
        signal: abort.signal,
      });
      if (!response.ok) throw new Error(await refusalOf(response));
      // A body that is cut is an error here, so that no part is saved as the whole.
      saveFile(name, await response.blob());
    } catch (failure) {
      if (!abort.signal.aborted) setError(failure instanceof Error ? failure.message : String(failure));
    }
    setBusy(false);
  };
  return (
    <>
      {error !== null && (
        <Text role="alert" size="sm" c="var(--mantine-color-error)">
          Not exported: {error}
        </Text>
      )}
      <Button variant="default" onClick={() => (isBusy ? running.current?.abort() : void exportCalls())}>
        {isBusy ? 'Cancel the export' : 'Export the calls'}
      </Button>
    </>
  );
}

async function refusalOf(response: Response): Promise<string> {
  const { errors = [] } = (await response.json().catch(() => ({}))) as { errors?: { message: string }[] };
  return errors[0]?.message ?? `the gateway answered ${response.status}`;
}
