import type { ApolloClient } from '@apollo/client';
import { useApolloClient } from '@apollo/client/react';
import { CallList } from '@switchboard/client/apollo';
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { graphql } from '../gql';
import type { CallFilter, CallOrder } from '../gql/graphql';

const CALLS = graphql(`
  query Calls($filter: CallFilter, $orderBy: CallOrder, $first: Int!, $after: String) {
    changeCursor
    calls(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
      edges {
        cursor
        node {
          id
          ...CallRow
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

const CALL_UPDATES = graphql(`
  subscription CallUpdates($filter: CallFilter, $after: String) {
    callUpdates(filter: $filter, after: $after) {
      cursor
      transition
      removedCallId
      call {
        id
        ...CallRow
      }
    }
  }
`);

const PAGE = 100;
/** Milliseconds: a table that changes more often is not read better. */
const GATHER_FOR = 100;
/** A list that has grown so long by what came in begins anew at the next occasion. */
export const LONGEST_LIST = 2_000;

interface Opened {
  key: string;
  list: CallList;
  filter: CallFilter | null;
  orderBy: CallOrder | null;
  /** Where the reader had scrolled to, in pixels. */
  offset: number;
  /** Of those who show it now. */
  fail(reason: unknown): void;
}

/** The last list of each client, so that a reader who comes back finds it as it was, and only what changed is read. */
const left = new WeakMap<ApolloClient, Opened>();

function keep(client: ApolloClient, next: Opened): void {
  const before = left.get(client);
  left.set(client, next);
  if (before === undefined || before.key === next.key) return;
  const { filter, orderBy } = before;
  client.cache.evict({
    ...{ id: 'ROOT_QUERY', fieldName: 'calls' },
    args: { filter, ...(orderBy !== null && { orderBy }) },
  });
}

const listOf = (
  client: ApolloClient,
  filter: CallFilter | null,
  orderBy: CallOrder | null,
  onError: (reason: unknown) => void,
) =>
  new CallList(client, {
    ...{ query: CALLS, subscription: CALL_UPDATES, filter, orderBy, onError },
    ...{ first: PAGE, gatherFor: GATHER_FOR },
  });

export interface LiveList {
  /** Changes with the filter, as soon as the first page of the new one is there. */
  key: string | null;
  ids: readonly string[];
  /** Calls that have entered, and have no place in this order before the list is read anew. */
  waiting: number;
  hasNextPage: boolean;
  /** The first page of a list is being read; what is shown is the list before. */
  isLoading: boolean;
  error: Error | null;
  /** Where the reader had scrolled to when the page was left, in pixels. */
  offset: number;
  loadMore(): void;
  readAnew(): void;
  /** Keeps where the reader has scrolled to. */
  keepOffset(offset: number): void;
}

/** The calls of a filter, page by page and live. */
export function useCallList(filter: CallFilter | null, orderBy: CallOrder | null): LiveList {
  const client = useApolloClient();
  const key = JSON.stringify([filter, orderBy]);
  const [opened, setOpened] = useState<Opened | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const [tries, setTries] = useState(0);
  const offset = useRef(left.get(client)?.key === key ? (left.get(client)?.offset ?? 0) : 0);
  const isReading = useRef(false);
  const [, setReads] = useState(0);

  // The key stands for filter and order, and each try begins anew.
  useEffect(() => {
    const fail = (reason: unknown) => setError(asError(reason));
    setError(null);
    const kept = left.get(client);
    const isKept = kept?.key === key && kept.list.ids.length > 0;
    const own: Opened = isKept
      ? kept
      : {
          ...{ key, filter, orderBy, fail, offset: 0 },
          list: listOf(client, filter, orderBy, (reason) => own.fail(reason)),
        };
    own.fail = fail;
    let isClosed = false;
    if (isKept) {
      own.list.resume();
      setOpened(own);
    } else {
      own.list.readAnew().then(
        () => isClosed || setOpened(own),
        (reason) => isClosed || fail(reason),
      );
    }
    return () => {
      isClosed = true;
      own.fail = () => {};
      own.list.close();
      own.offset = offset.current;
      keep(client, own);
      offset.current = 0;
    };
  }, [client, key, tries]);

  const list = opened?.list ?? null;
  const subscribe = useCallback((listener: () => void) => list?.subscribe(listener) ?? (() => {}), [list]);
  const ids = useSyncExternalStore(subscribe, () => list?.ids ?? NONE);
  const waiting = useSyncExternalStore(subscribe, () => list?.waiting.size ?? 0);
  const hasNextPage = useSyncExternalStore(subscribe, () => list?.hasNextPage ?? false);

  const read = useCallback(
    (reads: (from: CallList) => Promise<void>) => {
      if (list === null || isReading.current) return;
      isReading.current = true;
      setError(null);
      reads(list)
        .catch((reason) => setError(asError(reason)))
        .finally(() => {
          isReading.current = false;
          // One who has scrolled on meanwhile needs the page after it.
          setReads((before) => before + 1);
        });
    },
    [list],
  );

  const isOther = opened?.key !== key;
  // The calls of another filter are no answer if there is none.
  const shown = isOther && error !== null ? NOTHING : { key: opened?.key ?? null, ids, waiting, hasNextPage };
  return {
    ...shown,
    isLoading: isOther && error === null,
    error,
    offset: offset.current,
    loadMore: useCallback(() => read((from) => from.loadMore()), [read]),
    readAnew: useCallback(() => {
      if (opened?.key === key) read((from) => from.readAnew());
      else setTries((before) => before + 1);
    }, [read, opened, key]),
    keepOffset: useCallback((at: number) => {
      offset.current = at;
    }, []),
  };
}

const NONE: readonly string[] = [];
const NOTHING = { key: null, ids: NONE, waiting: 0, hasNextPage: false };

const asError = (reason: unknown) => (reason instanceof Error ? reason : new Error(String(reason)));
