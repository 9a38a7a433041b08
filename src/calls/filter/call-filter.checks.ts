import type { UserErrorData } from '../../foundation/refusal.js';
import {
  checkFilter,
  checkFilterList,
  withoutNullMembers,
  withoutNullMembersIn,
} from '../../graphql/filter-input.js';
import { checkStrings, notEmpty, problem } from '../../graphql/input-checks.js';
import type { JsonObject } from '../../graphql/json-object.js';
import type { Only } from '../../graphql/only.js';
import { checkIntRange } from '../../graphql/range.input.js';
import { checkWholeMetadata } from '../../metadata/metadata.checks.js';
import type { MetadataLimits } from '../../metadata/metadata.store.js';
import { checkGroup } from '../call.input.js';
import {
  type CallFilterInput,
  DEEPEST_FILTER,
  type MetadataFilterInput,
  MOST_FILTERS,
  type TagFilterInput,
} from './call-filter.input.js';
import type { CallFilter } from './call-filter.values.js';
import { checkSearch } from './search.checks.js';

export function checkCallFilter(
  filter: CallFilterInput | null | undefined,
  path: string[],
  limits: MetadataLimits,
): UserErrorData[] {
  if (filter == null) return [];
  const nested = checkNesting(filter, path);
  if (nested.length > 0) return nested;
  return checkMembers(filter, path, limits);
}

function checkMembers(filter: CallFilterInput, path: string[], limits: MetadataLimits): UserErrorData[] {
  const at = (name: string) => [...path, name];
  const { and: _and, or: _or, not: _not, ...own } = filter;
  return [
    ...checkFilter(own, path),
    ...checkSearch(filter.search, at('search')),
    ...(filter.group == null ? [] : checkGroup(filter.group, at('group'))),
    ...checkTags(filter.tags, at('tags')),
    ...checkMetadataFilter(filter.metadata, at('metadata'), limits),
    ...checkIntRange(filter.duration, at('duration')),
    ...nestedIn(filter, path).flatMap(([place, each]) => checkMembers(each, place, limits)),
  ];
}

type Nested = [path: string[], filter: CallFilterInput];

function nestedIn({ and, or, not }: CallFilterInput, path: string[]): Nested[] {
  const lists = Object.entries({ and, or }).flatMap(([name, list]) =>
    (list ?? []).map((each, index): Nested => [[...path, name, String(index)], each]),
  );
  return not == null ? lists : [...lists, [[...path, 'not'], not]];
}

function checkNesting(filter: CallFilterInput, path: string[]): UserErrorData[] {
  let level: Nested[] = [[path, filter]];
  let count = 0;
  for (let depth = 1; ; depth += 1) {
    level = level.flatMap(([at, each]) => nestedIn(each, at));
    const [first] = level;
    if (first === undefined) return [];
    count += level.length;
    if (depth > DEEPEST_FILTER) return problem(first[0], `Filters may be nested at most three deep.`);
    if (count > MOST_FILTERS) {
      return problem(path, `A filter may have at most ${MOST_FILTERS} others in and, or and not.`);
    }
  }
}

function checkTags(tags: TagFilterInput | null | undefined, path: string[]): UserErrorData[] {
  return [
    ...checkFilterList(tags?.anyOf, [...path, 'anyOf']),
    ...checkFilterList(tags?.allOf, [...path, 'allOf']),
  ];
}

function checkMetadataFilter(
  metadata: MetadataFilterInput | null | undefined,
  path: string[],
  limits: MetadataLimits,
): UserErrorData[] {
  return [
    ...checkContained(metadata?.contains, [...path, 'contains'], limits),
    ...checkFilterList(metadata?.anyOf, [...path, 'anyOf'], (object, itemPath) =>
      checkContained(object, itemPath, limits),
    ),
    ...checkFilterList(metadata?.hasKeys, [...path, 'hasKeys'], (key, itemPath) => [
      ...checkStrings(key, itemPath),
      ...notEmpty(key, itemPath),
    ]),
  ];
}

function checkContained(
  part: JsonObject | null | undefined,
  path: string[],
  limits: MetadataLimits,
): UserErrorData[] {
  return part == null ? [] : checkWholeMetadata(part, path, limits);
}

export function toCallFilter(input: CallFilterInput | null | undefined): CallFilter {
  const {
    tags,
    metadata,
    createdAt,
    updatedAt,
    startedAt,
    endedAt,
    occurredAt,
    duration,
    and,
    or,
    not,
    ...plain
  } = input ?? {};
  plain satisfies Only<typeof plain, CallFilter>;
  return withoutNullMembers({
    ...plain,
    tags: withoutNullMembersIn(tags && { ...tags, allOf: unlessEmpty(tags.allOf) }),
    metadata: withoutNullMembersIn(metadata && { ...metadata, hasKeys: unlessEmpty(metadata.hasKeys) }),
    createdAt: withoutNullMembersIn(createdAt),
    updatedAt: withoutNullMembersIn(updatedAt),
    startedAt: withoutNullMembersIn(startedAt),
    endedAt: withoutNullMembersIn(endedAt),
    occurredAt: withoutNullMembersIn(occurredAt),
    duration: withoutNullMembersIn(duration),
    and: and?.map(toCallFilter),
    or: or?.map(toCallFilter),
    not: not && toCallFilter(not),
  }) as CallFilter;
}

function unlessEmpty<Item>(list: Item[] | null | undefined): Item[] | null {
  return list != null && list.length > 0 ? list : null;
}
