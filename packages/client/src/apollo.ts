import { ApolloLink, Observable } from '@apollo/client/core/index.js';
import { relayStylePagination } from '@apollo/client/utilities/index.js';
import { LIVE_FIELDS, PAGES, UNKEYED_WITH_ID, VALUE_TYPES } from './generated/cache-types.js';
import { type LiveClient, OperationRefused } from './live/live-client.js';

export { type ApolloList, CallList } from './apollo-list.js';
export { possibleTypes } from './generated/possible-types.js';

/** Sends subscriptions by a live client: a terminating link, for one side of `ApolloLink.split`. */
export const liveLink = (live: LiveClient): ApolloLink =>
  new ApolloLink(
    ({ query, variables, operationName, extensions }) =>
      new Observable((observer) =>
        live.subscribe(
          { query, variables, operationName, extensions },
          {
            next: (result) => observer.next(result),
            error: (error) => {
              if (!(error instanceof OperationRefused)) return observer.error(error);
              // Each version of Apollo Client makes an error of its own kind of it.
              observer.next({ data: null, errors: error.errors });
              observer.complete();
            },
            complete: () => observer.complete(),
          },
        ),
      ),
  );

type Pages = ReturnType<typeof relayStylePagination>;
interface Page {
  nodes?: readonly unknown[];
  pageInfo?: { startCursor?: string | null; endCursor?: string | null };
}

/** Apollo's own policy, which knows edges alone, and the same for lists that are read by `nodes`. */
function pages(keyArgs: string[]): Pages {
  const policy: Pages = relayStylePagination(keyArgs);
  const mergeEdges = policy.merge;
  if (typeof mergeEdges !== 'function') throw new Error('relayStylePagination has no merge');
  return {
    ...policy,
    merge(existing, incoming, options) {
      const merged = mergeEdges(existing, incoming, options);
      const { nodes } = (incoming ?? {}) as Page;
      const { nodes: before = [], pageInfo } = (existing ?? {}) as Page;
      if (nodes === undefined || merged === null) return merged;
      const { args } = options;
      if (args?.after != null && args.after === pageInfo?.endCursor) {
        return { ...merged, nodes: [...before, ...nodes] };
      }
      if (args?.before != null && args.before === pageInfo?.startCursor) {
        return { ...merged, nodes: [...nodes, ...before] };
      }
      return merged;
    },
  };
}

interface TypePolicy {
  keyFields?: false;
  merge?: true;
  // biome-ignore lint/suspicious/noExplicitAny: a field's policy is of the type of its value, which differs from field to field
  fields?: Record<string, any>;
}

/**
 * For InMemoryCache: lists grow page by page, parts of an object without an id are merged, changes and payloads of
 * mutations are not kept. The calls, events and deliveries of a subscription update the cache all the same.
 */
export const typePolicies: Record<string, TypePolicy> = policies();

function policies(): Record<string, TypePolicy> {
  const all: Record<string, TypePolicy> = {};
  for (const type of VALUE_TYPES) all[type] = { merge: true };
  for (const type of UNKEYED_WITH_ID) all[type] = { keyFields: false };
  for (const { type, field, keyArgs } of PAGES) {
    all[type] = { ...all[type], fields: { ...all[type]?.fields, [field]: pages(keyArgs) } };
  }
  // Apollo Client reads what it delivers from the cache, so the newest change stays there, whatever the arguments.
  const newest = { keyArgs: false, merge: (_: unknown, incoming: unknown) => incoming };
  all.Subscription = { fields: Object.fromEntries(LIVE_FIELDS.map((field) => [field, newest])) };
  return all;
}
