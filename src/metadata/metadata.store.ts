import { refuse } from '../refusal.js';
import { jsonBytes, mergePatch } from './merge-patch.js';

type JsonObject = Record<string, unknown>;

/** What metadata may come to after a write: bytes of its compact JSON in UTF-8, and levels of nesting. */
export interface MetadataLimits {
  metadataMaxBytes: number;
  metadataMaxDepth: number;
}

/**
 * What a merge patch makes of the metadata of a locked (or new) call. Refuses with LIMIT_EXCEEDED at `path` when that is
 * too large; but what is no larger than before always passes, for it is the way back below the limit.
 */
export function patchedMetadata(
  stored: JsonObject,
  patch: JsonObject,
  { metadataMaxBytes }: MetadataLimits,
  path: string[],
): JsonObject {
  const patched = mergePatch(stored, patch);
  const bytes = jsonBytes(patched);
  if (bytes > metadataMaxBytes && bytes > jsonBytes(stored)) refuseTooLarge(metadataMaxBytes, path);
  return patched;
}

export function refuseTooLarge(maxBytes: number, path: string[]): never {
  refuse('LIMIT_EXCEEDED', `The metadata would come to more than ${maxBytes} bytes of JSON`, path);
}
