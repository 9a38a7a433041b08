import type { UserErrorData } from '../../foundation/refusal.js';
import {
  checkFilter,
  checkFilterList,
  withoutNullMembers,
  withoutNullMembersIn,
} from '../../graphql/filter-input.js';
import { checkStrings, notEmpty } from '../../graphql/input-checks.js';
import type { JsonObject } from '../../graphql/json-object.js';
import type { Only } from '../../graphql/only.js';
import { checkIntRange } from '../../graphql/range.input.js';
import { checkWholeMetadata } from '../../metadata/metadata.checks.js';
import type { MetadataLimits } from '../../metadata/metadata.store.js';
import { checkGroup } from '../call.input.js';
import type { CallFilterInput, MetadataFilterInput, TagFilterInput } from './call-filter.input.js';
import type { CallFilter } from './call-filter.values.js';

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
  const { tags, metadata, createdAt, updatedAt, startedAt, endedAt, duration, ...plain } = input ?? {};
  plain satisfies Only<typeof plain, CallFilter>;
  return withoutNullMembers({
    ...plain,
    tags: withoutNullMembersIn(tags && { ...tags, allOf: unlessEmpty(tags.allOf) }),
    metadata: withoutNullMembersIn(metadata && { ...metadata, hasKeys: unlessEmpty(metadata.hasKeys) }),
    createdAt: withoutNullMembersIn(createdAt),
    updatedAt: withoutNullMembersIn(updatedAt),
    startedAt: withoutNullMembersIn(startedAt),
    endedAt: withoutNullMembersIn(endedAt),
    duration: withoutNullMembersIn(duration),
  }) as CallFilter;
}

function unlessEmpty<Item>(list: Item[] | null | undefined): Item[] | null {
  return list != null && list.length > 0 ? list : null;
}
