import { useMutation, useSubscription } from '@apollo/client/react';
import { Button, Group, Progress, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { type FragmentType, getFragmentData, graphql } from '../gql';
import { Time } from '../ui/time';
import { useAction } from '../ui/use-action';
import { words } from '../ui/words';

const IMPORTS = graphql(`
  fragment Imports on VendorAccount {
    id
    name
    receives
    imports(first: 3) {
      edges {
        cursor
        node {
          id
          state
          ...Import
        }
      }
    }
  }
`);

const IMPORT = graphql(`
  fragment Import on CallImport {
    id
    state
    from
    to
    seen
    total
    created
    updated
    failed
    toAsk
    asked
    position
    lastError
    createdAt
    finishedAt
  }
`);

const START = graphql(`
  mutation StartImport($account: ID!, $from: DateTime, $to: DateTime) {
    startCallImport(account: $account, from: $from, to: $to) {
      callImport {
        id
        account {
          id
          ...Imports
        }
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const CANCEL = graphql(`
  mutation CancelImport($id: ID!) {
    cancelCallImport(id: $id) {
      callImport {
        id
        ...Import
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const CHANGED = graphql(`
  subscription ImportChanged($id: ID!) {
    callImportChanged(id: $id) {
      id
      ...Import
    }
  }
`);

export function Imports({ account }: { account: FragmentType<typeof IMPORTS> }) {
  const { id, name, receives, imports } = getFragmentData(IMPORTS, account);
  const isRunning = imports.edges.some(({ node }) => node.state === 'RUNNING');
  if (!receives && imports.edges.length === 0) return null;
  return (
    <Stack gap="xs" component="section" aria-label={`Imports of ${name}`}>
      {imports.edges.map(({ node }) => (
        <ImportProgress key={node.id} callImport={node} />
      ))}
      {receives && !isRunning && <StartImport account={id} />}
    </Stack>
  );
}

function ImportProgress({ callImport }: { callImport: FragmentType<typeof IMPORT> }) {
  const { id, state, seen, total, created, updated, failed, lastError, createdAt, position } =
    getFragmentData(IMPORT, callImport);
  const isRunning = state === 'RUNNING';
  const [cancel] = useMutation(CANCEL);
  const { isBusy, run } = useAction();
  return (
    <div>
      {isRunning && <Follow id={id} />}
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm">
          {words(state)}: {seen}
          {total !== null && ` of ${total}`} read, {created} new, {updated} changed
          {failed > 0 && `, ${failed} failed`} · <Time at={isRunning ? position : createdAt} />
        </Text>
        {isRunning && (
          <Button
            size="compact-sm"
            variant="default"
            loading={isBusy}
            onClick={() =>
              run('The import ends', async () => (await cancel({ variables: { id } })).data?.cancelCallImport)
            }
          >
            Cancel
          </Button>
        )}
      </Group>
      {isRunning && (
        <Progress
          value={total === null || total === 0 ? 100 : (100 * seen) / total}
          animated={total === null}
          aria-label="Records read"
        />
      )}
      {lastError !== null && (
        <Text size="sm" c="dimmed">
          {lastError}
        </Text>
      )}
    </div>
  );
}

/** Keeps what the cache has of a running import as it is now. */
function Follow({ id }: { id: string }) {
  useSubscription(CHANGED, { variables: { id } });
  return null;
}

function StartImport({ account }: { account: string }) {
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const [start] = useMutation(START);
  const { isBusy, run } = useAction();
  const begin = () =>
    run('The import runs', async () => {
      const variables = { account, from: instant(from), to: instant(to) };
      return (await start({ variables })).data?.startCallImport;
    });
  return (
    <Group gap="xs" align="flex-end">
      <TextInput
        size="xs"
        label="Calls from"
        type="datetime-local"
        value={from}
        onChange={({ currentTarget }) => setFrom(currentTarget.value)}
      />
      <TextInput
        size="xs"
        label="to"
        type="datetime-local"
        value={to}
        onChange={({ currentTarget }) => setTo(currentTarget.value)}
      />
      <Button size="xs" variant="default" loading={isBusy} onClick={begin}>
        Import
      </Button>
    </Group>
  );
}

/** @param local the reader's time, e.g. `2026-01-31T09:00` @returns null if it is left open */
const instant = (local: string): string | null => (local === '' ? null : new Date(local).toISOString());
