import { checkCallLocator, toCallTarget } from '../calls/call.input.js';
import { refuseIf } from '../foundation/refusal.js';
import { atLeast } from '../graphql/input-checks.js';
import type { Nothing, Only } from '../graphql/only.js';
import { checkMetadata } from './metadata.checks.js';
import type { MergeCallMetadataItem } from './metadata.input.js';
import type { Merge } from './metadata.service.js';
import type { MetadataLimits } from './metadata.store.js';

export function toMerge(
  { call, metadata, expectedRevision, ...rest }: MergeCallMetadataItem,
  path: string[],
  limits: MetadataLimits,
): Merge {
  rest satisfies Only<typeof rest, Nothing>;
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
