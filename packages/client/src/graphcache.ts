import type { Cache, KeyingConfig, UpdatesConfig } from '@urql/exchange-graphcache';
import type { DocumentNode } from 'graphql';
import { UNKEYED_TYPES } from './generated/cache-types.js';
import { type CallListData, type CallUpdate, isGone } from './lists/call-update.js';

export { graphcacheSchema as schema } from './generated/graphcache-schema.js';

/** Types whose objects are parts of others. What has an id is kept under it. */
export const keys: KeyingConfig = Object.fromEntries(UNKEYED_TYPES.map((type) => [type, () => null]));

type Variables = Record<string, unknown> & { filter?: object | null };
interface Page {
  query: DocumentNode;
  variables: Variables;
  data: CallListData & Record<string, unknown>;
}

/**
 * Keeps filtered lists of calls in the default order right, for `updates` of graphcache.
 *
 * @param queries the documents of the lists, as `CallList` takes them
 */
export const callListUpdates = (...queries: DocumentNode[]): Partial<UpdatesConfig> => ({
  Subscription: {
    callUpdates: (result, { filter }, cache) =>
      take(
        pagesOf(cache, queries, filter),
        cache,
        (result as unknown as { callUpdates: CallUpdate }).callUpdates,
      ),
  },
});

/** Every page that the cache has of this filter, from the newest call on. */
function pagesOf(cache: Cache, queries: DocumentNode[], filter: unknown): Page[] {
  const found = new Map<string, Page>();
  const fields = cache.inspectFields('Query').filter(({ fieldName }) => fieldName === 'calls');
  for (const { fieldKey, arguments: given } of fields) {
    const variables = (given ?? {}) as Variables;
    if (variables.orderBy != null || !isSame(variables.filter, filter)) continue;
    for (const query of queries) {
      const data = cache.readQuery({ query, variables }) as Page['data'] | null;
      if (data === null || found.has(fieldKey)) continue;
      found.set(fieldKey, { query, variables, data });
    }
  }
  return [...found.values()];
}

const isSame = (one: unknown, other: unknown) =>
  JSON.stringify(one ?? null) === JSON.stringify(other ?? null);

function take(pages: Page[], cache: Cache, update: CallUpdate): void {
  const { id } = update.call;
  const isListed = pages.some(({ data }) => data.calls.edges.some(({ node }) => node.id === id));
  const home = isGone(update, id) || isListed ? undefined : pageFor(id, pages);
  for (const page of pages) {
    const kept = page.data.calls.edges.filter(({ node }) => !isGone(update, node.id));
    if (page === home) {
      const at = kept.findIndex(({ node }) => node.id < id);
      const edge = { __typename: 'CallEdge', cursor: '', node: update.call };
      kept.splice(at >= 0 ? at : kept.length, 0, edge);
    }
    cache.updateQuery({ query: page.query, variables: page.variables }, () => ({
      ...page.data,
      calls: { ...page.data.calls, edges: kept },
    }));
  }
  const { removedCallId } = update;
  if (removedCallId !== null) cache.invalidate({ __typename: 'Call', id: removedCallId });
}

/** Newest first is the order of ids. An older call comes with a later page, if there is one. */
function pageFor(id: string, pages: Page[]): Page | undefined {
  const lastOf = ({ data }: Page) => data.calls.edges.at(-1)?.node.id ?? '';
  const [nearest] = pages
    .filter((page) => lastOf(page) !== '' && lastOf(page) < id)
    .sort((one, other) => (lastOf(one) > lastOf(other) ? -1 : 1));
  return nearest ?? pages.find(({ data }) => !data.calls.pageInfo.hasNextPage);
}
