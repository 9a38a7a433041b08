import { checkFlowCommands, toFlowCommands } from '../../call-flows/call-flow-command.checks.js';
import { checkVendorCallFlow, toVendorFlow } from '../../call-flows/vendor-call-flow.input.js';
import {
  checkCallLocator,
  checkGroup,
  checkReference,
  toCallTarget,
  toReference,
} from '../../calls/call.input.js';
import type { CallCostInput } from '../../calls/call-details.type.js';
import type { CallGroupInput } from '../../calls/group/call-group.type.js';
import type { GroupName } from '../../calls/group/call-group.values.js';
import type { CallReference } from '../../calls/reference/call-reference.type.js';
import type { ReferenceValue } from '../../calls/reference/call-target.values.js';
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
import { checkMetadata } from '../../metadata/metadata.checks.js';
import type { MetadataLimits } from '../../metadata/metadata.store.js';
import {
  checkRecordings,
  checkTranscripts,
  toRecording,
  toTranscript,
} from '../../recordings/recording.checks.js';
import type { UpsertCallInput } from './upsert-call.input.js';
import type { UpsertCall } from './upsert-call.js';

const REFERENCES: [number, number] = [1, 20];
export const TAGS: [number, number] = [0, 50];
export const TAG: [number, number] = [1, 50];
export const GROUPS: [number, number] = [0, 20];
const CURRENCY = /^[A-Z]{3}$/;

export function checkCost(cost: CallCostInput | null | undefined, path: string[]): UserErrorData[] {
  if (cost?.currency == null || CURRENCY.test(cost.currency)) return [];
  return problem([...path, 'currency'], 'currency must be three capital letters, e.g. USD.');
}

export function checkUpsertCall(
  input: UpsertCallInput,
  path: string[],
  limits: MetadataLimits,
): UserErrorData[] {
  const at = (...names: string[]) => [...path, ...names];
  return [
    ...checkStrings(withoutLines(input), path),
    ...checkList(input.references, at('references'), REFERENCES, checkReference),
    ...(
      [
        'direction',
        'status',
        'metadata',
        'groups',
        'callFlow',
        'vendorCallFlow',
        'recordings',
        'transcripts',
      ] as const
    ).flatMap((name) => notNull(input[name], at(name))),
    ...(input.parent == null ? [] : checkCallLocator(input.parent, at('parent'))),
    ...checkList(input.tags, at('tags'), TAGS, (tag, itemPath) => checkLength(tag, itemPath, TAG)),
    ...checkList(input.groups, at('groups'), GROUPS, checkGroup),
    ...atLeast(0, input.duration, at('duration'), 'seconds'),
    ...checkCost(input.cost, at('cost')),
    ...checkMetadata(input.metadata, at('metadata'), limits),
    ...(!input.callFlow?.length ? [] : checkFlowCommands(input.callFlow, at('callFlow'))),
    ...checkVendorCallFlow(input.vendorCallFlow, at('vendorCallFlow')),
    ...checkRecordings(input.recordings, at('recordings')),
    ...checkTranscripts(input.transcripts, at('transcripts')),
  ];
}

/** Lines have checks of their own. */
function withoutLines(input: UpsertCallInput): object {
  if (input.transcripts == null) return input;
  return { ...input, transcripts: input.transcripts.map(({ lines: _lines, ...transcript }) => transcript) };
}

export function toUpsertCall(input: UpsertCallInput, path: string[]): UpsertCall {
  const { references, cost, parent, tags, direction, status, metadata, groups, callFlow, ...others } = input;
  const { vendorCallFlow, recordings, transcripts, ...rest } = others;
  rest satisfies Only<typeof rest, UpsertCall>;
  references satisfies Only<CallReference, ReferenceValue>[];
  groups satisfies Only<CallGroupInput, GroupName>[] | null | undefined;
  const call: UpsertCall = { ...rest, references: references.map(toReference), path };
  if (cost !== undefined) call.cost = cost && { ...cost, currency: cost.currency ?? 'USD' };
  if (parent !== undefined) call.parent = parent && toCallTarget(parent, [...path, 'parent']);
  if (tags !== undefined) call.tags = tags ?? [];
  if (direction != null) call.direction = direction;
  if (status != null) call.status = status;
  // As JSON stores it: a minus zero would always differ from the stored value.
  if (metadata != null) call.metadata = JSON.parse(JSON.stringify(metadata));
  if (groups != null) call.groups = groups;
  // An empty list leaves the first flow to a later upsert.
  if (callFlow?.length) call.callFlow = toFlowCommands(callFlow);
  if (vendorCallFlow != null) call.vendorCallFlow = toVendorFlow(vendorCallFlow);
  if (recordings?.length) call.recordings = recordings.map(toRecording);
  if (transcripts?.length) call.transcripts = transcripts.map(toTranscript);
  return call;
}
