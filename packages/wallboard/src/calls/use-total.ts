import { useApolloClient } from '@apollo/client/react';
import { useEffect, useRef, useState } from 'react';
import { graphql } from '../gql';
import type { CallFilter } from '../gql/graphql';

const COUNT = graphql(`
  query CountCalls($filter: CallFilter) {
    calls(filter: $filter, first: 0) {
      totalCount
    }
  }
`);

/** Milliseconds between two counts: each looks at every call that the filter finds. */
const PAUSE = 3_000;

/** How many calls a filter finds. Counted again after changes, but not at each of them. @param sign of a change */
export function useTotal(filter: CallFilter | null, sign: unknown): number | null {
  const client = useApolloClient();
  const key = JSON.stringify(filter);
  const [counted, setCounted] = useState<{ key: string; total: number } | null>(null);
  const last = useRef({ key: '', at: 0 });

  // The key stands for the filter, and the sign for what was counted.
  useEffect(() => {
    const { key: lastKey, at } = last.current;
    const wait = lastKey === key ? Math.max(0, at + PAUSE - Date.now()) : 0;
    const timer = setTimeout(() => {
      last.current = { key, at: Date.now() };
      client
        .query({ query: COUNT, variables: { filter }, fetchPolicy: 'no-cache' })
        .then(({ data }) => {
          const total = data?.calls?.totalCount;
          if (last.current.key === key && total !== undefined) setCounted({ key, total });
        })
        // The table says what is wrong.
        .catch(() => {});
    }, wait);
    return () => clearTimeout(timer);
  }, [client, key, sign]);

  return counted?.key === key ? counted.total : null;
}
