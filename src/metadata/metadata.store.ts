import type { JsonObject } from '../foundation/json-object.js';
import { refuse } from '../foundation/refusal.js';
import { jsonBytes, mergePatch } from './merge-patch.js';

/** Bytes of compact JSON in UTF-8, and levels of nesting. */
export interface MetadataLimits {
  metadataMaxBytes: number;
  metadataMaxDepth: number;
}

/**
 * A patch that does not enlarge the metadata always passes, so that a client can get back below the limit.
 * @throws Refusal LIMIT_EXCEEDED at `path`
 */
export function patchedMetadata(
  stored: JsonObject,
  patch: JsonObject,
  { metadataMaxBytes }: MetadataLimits,
  path: string[],
): JsonObject {
  const patched = mergePatch(stored, patch);
  const bytes = jsonBytes(patched);
  if (bytes > metadataMaxBytes && bytes > jsonBytes(stored)) refuseTooLarge(metadataMaxBytes, bytes, path);
  return patched;
}

export function refuseTooLarge(limit: number, found: number, path: string[]): never {
  refuse('LIMIT_EXCEEDED', `The metadata would exceed ${limit} bytes of JSON`, path, {}, { limit, found });
}
