import { checkFilter, checkFilterList, given, givenIn } from '../graphql/filter-input.js';
import { checkStrings, notEmpty } from '../graphql/input-checks.js';
import type { JsonObject } from '../graphql/json-object.js';
import { checkIntRange } from '../graphql/range.input.js';
import { checkWholeMetadata } from '../metadata/metadata.checks.js';
import type { MetadataLimits } from '../metadata/metadata.store.js';
import type { UserErrorData } from '../refusal.js';
import { checkGroup } from './call.input.js';
import type { CallFilter as CallFilterInput, MetadataFilter, TagFilter } from './call-filter.input.js';
import type { CallFilter } from './call-filter.js';

/** What is wrong with a filter, [] if it can be asked for; paths begin with `path`. */
export function checkCallFilter(
  filter: CallFilterInput | null | undefined,
  path: string[],
  limits: MetadataLimits,
): UserErrorData[] {
  if (filter == null) return [];
  const at = (name: string) => [...path, name];
  return [
    ...checkFilter(filter, path),
    ...(filter.group == null ? [] : checkGroup(filter.group, at('group'))),
    ...checkTags(filter.tags, at('tags')),
    ...checkMetadataFilter(filter.metadata, at('metadata'), limits),
    ...checkIntRange(filter.duration, at('duration')),
  ];
}

function checkTags(tags: TagFilter | null | undefined, path: string[]): UserErrorData[] {
  return [
    ...checkFilterList(tags?.anyOf, [...path, 'anyOf']),
    ...checkFilterList(tags?.allOf, [...path, 'allOf']),
  ];
}

function checkMetadataFilter(
  metadata: MetadataFilter | null | undefined,
  path: string[],
  limits: MetadataLimits,
): UserErrorData[] {
  return [
    ...checkPart(metadata?.contains, [...path, 'contains'], limits),
    ...checkFilterList(metadata?.anyOf, [...path, 'anyOf'], (object, place) =>
      checkPart(object, place, limits),
    ),
    ...checkFilterList(metadata?.hasKeys, [...path, 'hasKeys'], (key, place) => [
      ...checkStrings(key, place),
      ...notEmpty(key, place),
    ]),
  ];
}

/** No metadata contains what is larger than metadata may be. */
function checkPart(
  part: JsonObject | null | undefined,
  path: string[],
  limits: MetadataLimits,
): UserErrorData[] {
  return part == null ? [] : checkWholeMetadata(part, path, limits);
}

/** A checked filter as the services take it: what is no condition is left out. */
export function toCallFilter(input: CallFilterInput | null | undefined): CallFilter {
  const { tags, metadata, createdAt, updatedAt, startedAt, endedAt, duration, ...plain } = input ?? {};
  return given({
    ...plain,
    tags: givenIn(tags && { ...tags, allOf: unlessEmpty(tags.allOf) }),
    metadata: givenIn(metadata && { ...metadata, hasKeys: unlessEmpty(metadata.hasKeys) }),
    createdAt: givenIn(createdAt),
    updatedAt: givenIn(updatedAt),
    startedAt: givenIn(startedAt),
    endedAt: givenIn(endedAt),
    duration: givenIn(duration),
  }) as CallFilter;
}

/** To have all of nothing is no condition. */
function unlessEmpty<Item>(list: Item[] | null | undefined): Item[] | null {
  return list != null && list.length > 0 ? list : null;
}
