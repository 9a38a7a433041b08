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

const CHECKPOINT = graphql(`
  query CallCheckpoint($id: ID!) {
    call(id: $id) {
      id
      checkpoint {
        prunedAt
        patches {
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
      }
    }
  }
`);

type History = NonNullable<CallPatchesQuery['call']>['history'];
type Known = 'kind' | 'actor' | 'actorType' | 'event';
export type PatchChange = Pick<History['nodes'][number], Known> & Patch;

export interface Patches {
  patches: readonly PatchChange[] | null;
  /** What was recorded until then is there only as far as it still counts; null if all is there. */
  prunedAt: string | null;
  problem: string | null;
}

type Read = Omit<Patches, 'problem'>;

/** All patches of a call's metadata, read anew when the call has changed. */
export function usePatches(callId: string, revision: number): Patches {
  const client = useApolloClient();
  const [read, setRead] = useState<Patches>({ patches: null, prunedAt: null, problem: null });
  useEffect(() => {
    let isWanted = true;
    const take = (next: Patches) => isWanted && setRead(next);
    readPatches(client, callId).then(
      (found) => take({ ...found, problem: null }),
      (error: unknown) => take({ patches: null, prunedAt: null, problem: problemOf(error).message }),
    );
    return () => {
      isWanted = false;
    };
  }, [client, callId, revision]);
  return read;
}

/** A page after the other: what is folded must be all. The checkpoint last, because a page may be pruned meanwhile. */
async function readPatches(client: ApolloClient, id: string): Promise<Read> {
  const found: PatchChange[] = [];
  let after: string | null = null;
  do {
    const history: History | undefined = await readPage(client, id, after);
    if (history === undefined) break;
    found.push(...history.nodes.filter(isPatch));
    after = history.pageInfo.hasNextPage ? (history.pageInfo.endCursor ?? null) : null;
  } while (after !== null);
  const { data } = await client.query({ query: CHECKPOINT, variables: { id }, fetchPolicy: 'no-cache' });
  const checkpoint = data?.call?.checkpoint;
  const orders = new Set(found.map(({ patchOrder }) => patchOrder));
  const kept = (checkpoint?.patches ?? []).filter(({ patchOrder }) => !orders.has(patchOrder));
  // A place in the order is a name as well.
  const patches = [...found, ...kept.map((patch) => ({ ...patch, id: patch.patchOrder }))];
  return { patches, prunedAt: checkpoint?.prunedAt ?? null };
}

async function readPage(
  client: ApolloClient,
  id: string,
  after: string | null,
): Promise<History | undefined> {
  const { data } = await client.query({ query: PATCHES, variables: { id, after }, fetchPolicy: 'no-cache' });
  return data?.call?.history;
}

const isPatch = (change: History['nodes'][number]): change is History['nodes'][number] & Patch =>
  change.patch != null && change.patchOrder != null;
