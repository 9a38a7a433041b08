import { checkCallLocator, toCallTarget } from '../calls/call.input.js';
import { atLeast } from '../graphql/input-checks.js';
import { refuseIf } from '../refusal.js';
import { checkMetadata } from './metadata.checks.js';
import type { MergeCallMetadataItem } from './metadata.input.js';
import type { Merge } from './metadata.service.js';
import type { MetadataLimits } from './metadata.store.js';

/**
 * A merge as the service takes it; paths begin with `path`.
 * @throws Refusal of all that is wrong with it
 */
export function toMerge(
  { call, metadata, expectedRevision }: MergeCallMetadataItem,
  path: string[],
  limits: MetadataLimits,
): Merge {
  const at = (name: string) => [...path, name];
  refuseIf([
    ...checkCallLocator(call, at('call')),
    ...checkMetadata(metadata, at('metadata'), limits),
    ...atLeast(0, expectedRevision, at('expectedRevision')),
  ]);
  return {
    target: toCallTarget(call, at('call')),
    patch: metadata,
    expectedRevision: expectedRevision ?? null,
    path,
  };
}
