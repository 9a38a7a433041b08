import { checkGroup, checkReference, toReference } from '../../calls/call.input.js';
import { groupKey } from '../../calls/group/call-group.store.js';
import type { UserErrorData } from '../../foundation/refusal.js';
import {
  atLeast,
  checkLength,
  checkList,
  checkStrings,
  notNull,
  problem,
} from '../../graphql/input-checks.js';
import type { Only } from '../../graphql/only.js';
import type { UpdateCallInput } from './update-call.input.js';
import type { GivenUpdate } from './update-call.js';
import { checkCost, GROUPS, TAG, TAGS } from './upsert-call.checks.js';
import type { UpsertCall } from './upsert-call.js';

const REFERENCES: [number, number] = [0, 20];
const NEVER_NULL = [
  'direction',
  'status',
  'addReferences',
  'addTags',
  'removeTags',
  'addGroups',
  'removeGroups',
] as const;

export function checkUpdateCall(input: UpdateCallInput, path: string[]): UserErrorData[] {
  const at = (name: string) => [...path, name];
  const { addTags, removeTags, addGroups, removeGroups } = input;
  const checkTag = (tag: string, itemPath: string[]) => checkLength(tag, itemPath, TAG);
  const removed = new Set([...(removeTags ?? []), ...(removeGroups ?? []).map(groupKey)]);
  const alsoRemoved = (list: string[] | undefined, name: string) =>
    (list ?? []).flatMap((each, index) =>
      removed.has(each) ? problem([...at(name), String(index)], 'It is also to be removed.') : [],
    );
  return [
    ...checkStrings(input, path),
    ...NEVER_NULL.flatMap((name) => notNull(input[name], at(name))),
    ...checkList(input.addReferences, at('addReferences'), REFERENCES, checkReference),
    ...checkList(addTags, at('addTags'), TAGS, checkTag),
    ...checkList(removeTags, at('removeTags'), TAGS, checkTag),
    ...checkList(addGroups, at('addGroups'), GROUPS, checkGroup),
    ...checkList(removeGroups, at('removeGroups'), GROUPS, checkGroup),
    ...alsoRemoved(addTags ?? undefined, 'addTags'),
    ...alsoRemoved(addGroups?.map(groupKey), 'addGroups'),
    ...atLeast(0, input.duration, at('duration'), 'seconds'),
    ...checkCost(input.cost, at('cost')),
  ];
}

export function toUpdate(
  input: UpdateCallInput,
  expectedRevision: number | null,
  path: string[],
): GivenUpdate {
  const { addReferences, addTags, removeTags, addGroups, removeGroups, cost, direction, status, ...rest } =
    input;
  rest satisfies Only<typeof rest, UpsertCall>;
  const update: GivenUpdate = {
    ...rest,
    path,
    references: (addReferences ?? []).map(toReference),
    groups: addGroups ?? [],
    update: {
      expectedRevision,
      addTags: addTags ?? [],
      removeTags: removeTags ?? [],
      removeGroups: removeGroups ?? [],
    },
  };
  if (cost !== undefined) update.cost = cost && { ...cost, currency: cost.currency ?? 'USD' };
  if (direction != null) update.direction = direction;
  if (status != null) update.status = status;
  return update;
}
