import type { ApolloClient } from '@apollo/client';
import { useApolloClient } from '@apollo/client/react';
import { useEffect, useState } from 'react';
import { graphql } from '../../gql';
import type { CallPatchesQuery } from '../../gql/graphql';
import { problemOf } from '../../graphql/problem';
import type { Patch } from './why';

const PATCHES = graphql(`
  query CallPatches($id: ID!, $after: String) {
    call(id: $id) {
      id
      history(first: 200, after: $after, filter: { kind: [REGISTERED, UPDATED, METADATA_MERGED, EVENT_APPLIED] }) {
        nodes {
          id
          kind
          patch
          patchOrder
          actor
          actorType
          effectiveAt
          recordedAt
          event {
            id
            eventId
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`);

type History = NonNullable<CallPatchesQuery['call']>['history'];
export type PatchChange = History['nodes'][number] & Patch;

export interface Patches {
  patches: readonly PatchChange[] | null;
  problem: string | null;
}

/** All patches of a call's metadata, read anew when the call has changed. */
export function usePatches(callId: string, revision: number): Patches {
  const client = useApolloClient();
  const [read, setRead] = useState<Patches>({ patches: null, problem: null });
  useEffect(() => {
    let isWanted = true;
    const take = (next: Patches) => isWanted && setRead(next);
    readPatches(client, callId).then(
      (patches) => take({ patches, problem: null }),
      (error: unknown) => take({ patches: null, problem: problemOf(error).message }),
    );
    return () => {
      isWanted = false;
    };
  }, [client, callId, revision]);
  return read;
}

/** A page after the other: what is folded must be all. */
async function readPatches(client: ApolloClient, id: string): Promise<PatchChange[]> {
  const found: PatchChange[] = [];
  let after: string | null = null;
  do {
    const history: History | undefined = await readPage(client, id, after);
    if (history === undefined) break;
    found.push(...history.nodes.filter(isPatch));
    after = history.pageInfo.hasNextPage ? (history.pageInfo.endCursor ?? null) : null;
  } while (after !== null);
  return found;
}

async function readPage(
  client: ApolloClient,
  id: string,
  after: string | null,
): Promise<History | undefined> {
  const { data } = await client.query({ query: PATCHES, variables: { id, after }, fetchPolicy: 'no-cache' });
  return data?.call?.history;
}

const isPatch = (change: History['nodes'][number]): change is PatchChange =>
  change.patch != null && change.patchOrder != null;
