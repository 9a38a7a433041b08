import { useMutation } from '@apollo/client/react';
import { Button, Grid, Group, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { type FragmentType, getFragmentData, graphql } from '../../gql';
import { problemOf } from '../../graphql/problem';
import { useDraft } from '../../session/drafts';
import { JsonBlock } from '../json-block';
import { Notice } from '../notice';
import { Section } from '../section';
import {
  conflicts,
  type Edits,
  edited,
  isEdits,
  keptMine,
  patchOf,
  withEdit,
  withName,
  withoutEdit,
} from './edits';
import { type Json, merged, type Path } from './merge-patch';
import { MetadataConflicts } from './metadata-conflicts';
import { MetadataTree, type TreeActions } from './metadata-tree';
import { Why } from './why-drawer';

const CALL_METADATA = graphql(`
  fragment CallMetadata on Call {
    id
    revision
    metadata
  }
`);

const MERGE = graphql(`
  mutation MergeMetadata($call: ID!, $metadata: JSONObject!, $expectedRevision: Int!) {
    mergeCallMetadata(call: { id: $call }, metadata: $metadata, expectedRevision: $expectedRevision) {
      call {
        id
        revision
        metadata
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const NONE: Edits = [];
/** How often a merge is sent again because something else of the call has changed meanwhile. */
const TRIES = 5;

export function MetadataPanel({ call: masked }: { call: FragmentType<typeof CALL_METADATA> }) {
  const { id, revision, metadata } = getFragmentData(CALL_METADATA, masked);
  const [draft, setDraft] = useDraft(`metadata ${id}`, isEdits);
  const edits = draft ?? NONE;
  const setEdits = (change: (old: Edits) => Edits) =>
    setDraft((old) => {
      const next = change(old ?? NONE);
      return next.length > 0 ? next : null;
    });
  const [failure, setFailure] = useState<string | null>(null);
  const [asked, setAsked] = useState<Path | null>(null);
  const { send, isBusy } = useMerge(id);

  const open = conflicts(metadata, edits);
  const patch = patchOf(metadata, edits);
  const isEmpty = Object.keys(patch).length === 0;
  const actions: TreeActions = {
    set: (path, value) => setEdits((old) => withEdit(metadata, old, path, value)),
    rename: (path, name) => setEdits((old) => withName(metadata, old, path, name)),
    undo: (path) => setEdits((old) => withoutEdit(old, path)),
    why: setAsked,
  };
  const save = async () => {
    const sent = edits;
    setFailure(null);
    setDraft(null);
    const refusal = await send({ metadata, revision, edits: sent });
    if (refusal === null) return notifications.show({ message: 'The patch is merged.' });
    setEdits((later) => [...sent, ...later]);
    setFailure(refusal);
  };
  return (
    <Grid>
      <Grid.Col span={{ base: 12, md: 8 }}>
        <Section title="Metadata">
          <MetadataTree metadata={metadata} draft={edited(metadata, edits)} edits={edits} actions={actions} />
        </Section>
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 4 }}>
        <Section title="Patch">
          <Stack gap="sm">
            <Text size="sm" c="dimmed">
              {isEmpty
                ? 'Nothing is changed. What you change is collected here, and sent as one merge patch.'
                : 'This is sent. It changes what it names, and null removes a member.'}
            </Text>
            <JsonBlock value={patch} label="The merge patch" />
            <MetadataConflicts
              metadata={metadata}
              open={open}
              onTake={(path) => setEdits((old) => withoutEdit(old, path))}
              onKeep={(path) => setEdits((old) => keptMine(metadata, old, path))}
            />
            {failure !== null && (
              <Notice color="red" role="alert" title="Not merged">
                {failure}
              </Notice>
            )}
            <Group gap="xs">
              <Button onClick={save} disabled={isEmpty || open.length > 0} loading={isBusy}>
                Merge
              </Button>
              <Button
                variant="default"
                disabled={edits.length === 0 || isBusy}
                onClick={() => setDraft(null)}
              >
                Discard
              </Button>
            </Group>
          </Stack>
        </Section>
      </Grid.Col>
      <Why callId={id} metadata={metadata} revision={revision} path={asked} onClose={() => setAsked(null)} />
    </Grid>
  );
}

interface Merge {
  metadata: Json;
  revision: number;
  edits: Edits;
}

/** Sends a merge that the cache shows at once, and takes back if it is refused. */
function useMerge(id: string) {
  const [merge, { loading: isBusy }] = useMutation(MERGE);
  /** @returns why it was not merged; null if it was */
  const send = async (begun: Merge): Promise<string | null> => {
    let { metadata, revision, edits } = begun;
    for (let tries = 1; ; tries++) {
      const patch = patchOf(metadata, edits);
      try {
        const { data } = await merge({
          variables: { call: id, metadata: patch, expectedRevision: revision },
          optimisticResponse: optimistic(id, revision, merged(metadata, patch)),
        });
        const { call, errors = [] } = data?.mergeCallMetadata ?? {};
        const [error] = errors;
        if (error === undefined) return null;
        if (error.code !== 'REVISION_CONFLICT' || call == null || tries === TRIES) return error.message;
        if (conflicts(call.metadata, edits).length > 0) {
          return 'What you have changed was changed by another client meanwhile. Decide what counts.';
        }
        ({ metadata, revision } = call);
      } catch (error) {
        return problemOf(error).message;
      }
    }
  };
  return { send, isBusy };
}

/** The revision is the gateway's to count. */
const optimistic = (id: string, revision: number, metadata: Json) => ({
  __typename: 'Mutation' as const,
  mergeCallMetadata: {
    __typename: 'MergeCallMetadataPayload' as const,
    call: { __typename: 'Call' as const, id, revision, metadata },
    errors: [],
  },
});
