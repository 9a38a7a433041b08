import type { UserErrorData } from '../../foundation/refusal.js';
import { LEAST_SEARCH, MOST_SEARCH, SEPARATOR } from '../../foundation/search-text.js';
import { badUserInput } from '../../graphql/bad-input.js';
import { problem } from '../../graphql/input-checks.js';
import type { Viewer } from '../../identity/viewer.js';
import type { CallService } from '../call.service.js';
import { type CallFilter, filtersIn } from './call-filter.values.js';

export function checkSearch(search: string | null | undefined, path: string[]): UserErrorData[] {
  if (search == null) return [];
  const { length } = [...search];
  if (length < LEAST_SEARCH || length > MOST_SEARCH) {
    return problem(path, `search must have ${LEAST_SEARCH} to ${MOST_SEARCH} characters, not ${length}.`);
  }
  return search.includes(SEPARATOR)
    ? problem(path, 'search must not contain the control character U+001F.')
    : [];
}

/**
 * Reads at once, unless the filter searches: that waits for the answer whether it can.
 * @throws BAD_USER_INPUT if the database cannot search
 */
export function whenSearchable<Result>(
  filter: CallFilter,
  calls: CallService,
  viewer: Viewer,
  read: () => Result,
): Result | Promise<Result> {
  if (!filtersIn(filter).some(({ search }) => search !== undefined)) return read();
  return calls.isSearchable(viewer).then((is) => {
    if (is) return read();
    throw badUserInput(
      'filter.search: search needs the extension pg_trgm, which the database does not have. Once it has it, the next start of a gateway makes the index.',
    );
  });
}
