import { quote } from '../graphql/bad-input.js';
import { problem, textProblem } from '../graphql/input-checks.js';
import type { JsonObject } from '../graphql/json-object.js';
import type { UserErrorData } from '../refusal.js';
import { jsonBytes } from './merge-patch.js';
import type { MetadataLimits } from './metadata.store.js';

/**
 * What is wrong with a metadata object or merge patch: a key or string that Postgres cannot hold (INVALID), or
 * more levels than the limit (LIMIT_EXCEEDED; `{}` has one). One error at most. Its bytes are judged when it is
 * merged. Visited level by level and without recursion, for a request may nest it thousands deep.
 */
export function checkMetadata(
  metadata: JsonObject | null | undefined,
  path: string[],
  limits: MetadataLimits,
): UserErrorData[] {
  if (metadata == null) return [];
  let level: object[] = [metadata];
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > limits.metadataMaxDepth) {
      return tooMuch(path, `be at most ${limits.metadataMaxDepth} levels deep`);
    }
    const next: object[] = [];
    for (const container of level) {
      for (const [key, value] of Object.entries(container)) {
        const wrong = entryProblem(key, value);
        if (wrong !== null) return problem(path, wrong);
        if (typeof value === 'object' && value !== null) next.push(value);
      }
    }
    level = next;
  }
  return [];
}

/** The same for what is kept as it stands, and not judged by what is made of it: its own bytes count. */
export function checkWholeMetadata(
  metadata: JsonObject,
  path: string[],
  limits: MetadataLimits,
): UserErrorData[] {
  const errors = checkMetadata(metadata, path, limits);
  if (errors.length > 0 || jsonBytes(metadata) <= limits.metadataMaxBytes) return errors;
  return tooMuch(path, `have at most ${limits.metadataMaxBytes} bytes of JSON`);
}

const tooMuch = (path: string[], allowed: string): UserErrorData[] =>
  problem(path, `metadata may ${allowed}.`, 'LIMIT_EXCEEDED');

function entryProblem(key: string, value: unknown): string | null {
  const wrongKey = textProblem(key);
  if (wrongKey !== null) return `A key of metadata ${wrongKey}.`;
  const wrongValue = typeof value === 'string' ? textProblem(value) : null;
  return wrongValue === null ? null : `The string at key ${quote(key)} of metadata ${wrongValue}.`;
}
