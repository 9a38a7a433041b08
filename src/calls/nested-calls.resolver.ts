import { badInputIf } from '../graphql/bad-input.js';
import { type PageArgs, parsePage, toConnection } from '../graphql/connection.js';
import type { Context, Loaders } from '../graphql/context.js';
import { callCursors } from './filter/call-cursors.checks.js';
import { checkCallFilter, toCallFilter } from './filter/call-filter.checks.js';
import type { CallFilterInput } from './filter/call-filter.input.js';
import { NEWEST_FIRST } from './filter/call-filter.values.js';
import type { CallOrderInput } from './filter/call-order.input.js';
import { whenSearchable } from './filter/search.checks.js';

interface NestedCalls {
  /** Of the list, with its owner, so that a cursor of another owner's list is refused. */
  name: string;
  owner: string;
  filter: CallFilterInput | null;
  order: CallOrderInput | null;
  args: PageArgs;
}

/** @throws BAD_USER_INPUT naming the argument that is wrong */
export function nestedCalls(
  { name, owner, filter: given, order: givenOrder, args }: NestedCalls,
  pages: Loaders['filteredChildrenPage'],
  counts: Loaders['filteredChildrenCount'],
  { services, viewer }: Context,
) {
  badInputIf(checkCallFilter(given, ['filter'], services.limits));
  const filter = toCallFilter(given);
  const order = givenOrder ?? NEWEST_FIRST;
  const { cursorOf, position } = callCursors({ filter, order }, name);
  const page = parsePage(args, position);
  return whenSearchable(filter, services.calls, viewer, () =>
    toConnection(
      () => pages.load({ owner, page: { ...page, filter, order } }),
      cursorOf,
      () => counts.load({ owner, filter }),
    ),
  );
}
