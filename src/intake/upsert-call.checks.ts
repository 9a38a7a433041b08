import { checkFlowCommands, toFlowCommands } from '../call-flows/call-flow-command.checks.js';
import { checkCallLocator, checkGroup, checkReference, toCallTarget } from '../calls/call.input.js';
import type { CallCost } from '../calls/call-parts.type.js';
import { atLeast, checkLength, checkList, checkStrings, notNull, problem } from '../graphql/input-checks.js';
import { checkMetadata } from '../metadata/metadata.checks.js';
import type { MetadataLimits } from '../metadata/metadata.store.js';
import type { UserErrorData } from '../refusal.js';
import type { UpsertCallInput } from './upsert-call.input.js';
import type { UpsertCall } from './upsert-call.js';

const REFERENCES: [number, number] = [1, 20];
const TAGS: [number, number] = [0, 50];
const TAG: [number, number] = [1, 50];
const GROUPS: [number, number] = [0, 20];
const CURRENCY = /^[A-Z]{3}$/;

function checkCost(cost: CallCost | null | undefined, path: string[]): UserErrorData[] {
  if (cost == null || CURRENCY.test(cost.currency)) return [];
  return problem([...path, 'currency'], 'currency must be three capital letters, e.g. USD.');
}

/** What is wrong with an upsert before any call is looked at; paths begin with `path`. */
export function checkUpsertCall(
  input: UpsertCallInput,
  path: string[],
  limits: MetadataLimits,
): UserErrorData[] {
  const at = (...names: string[]) => [...path, ...names];
  return [
    ...checkStrings(input, path),
    ...checkList(input.references, at('references'), REFERENCES, checkReference),
    ...(['direction', 'status', 'metadata', 'groups', 'callFlow'] as const).flatMap((name) =>
      notNull(input[name], at(name)),
    ),
    ...(input.parent == null ? [] : checkCallLocator(input.parent, at('parent'))),
    ...checkList(input.tags, at('tags'), TAGS, (tag, place) => checkLength(tag, place, TAG)),
    ...checkList(input.groups, at('groups'), GROUPS, checkGroup),
    ...atLeast(0, input.duration, at('duration'), 'seconds'),
    ...checkCost(input.cost, at('cost')),
    ...checkMetadata(input.metadata, at('metadata'), limits),
    ...(!input.callFlow?.length ? [] : checkFlowCommands(input.callFlow, at('callFlow'))),
  ];
}

/** A checked upsert as the service takes it; what was absent stays absent. */
export function toUpsertCall(input: UpsertCallInput, path: string[]): UpsertCall {
  const { parent, tags, direction, status, metadata, groups, callFlow, ...kept } = input;
  const call: UpsertCall = { ...kept, path };
  if (parent !== undefined) call.parent = parent && toCallTarget(parent, [...path, 'parent']);
  if (tags !== undefined) call.tags = tags ?? [];
  if (direction != null) call.direction = direction;
  if (status != null) call.status = status;
  // As it will be stored: a minus zero would differ from what is there for ever.
  if (metadata != null) call.metadata = JSON.parse(JSON.stringify(metadata));
  if (groups != null) call.groups = groups;
  // An empty one is none: it leaves the first flow to a later upsert.
  if (callFlow?.length) call.callFlow = toFlowCommands(callFlow);
  return call;
}
