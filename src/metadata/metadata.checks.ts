import type { RefusalDetails, UserErrorData } from '../foundation/refusal.js';
import { quote } from '../graphql/bad-input.js';
import { problem, textProblem } from '../graphql/input-checks.js';
import type { JsonObject } from '../graphql/json-object.js';
import { jsonBytes } from './merge-patch.js';
import type { MetadataLimits } from './metadata.store.js';

/**
 * At most one error: INVALID (Postgres cannot store a key or string) or LIMIT_EXCEEDED (levels; `{}` has one). Not
 * recursive, because a request may nest thousands of levels.
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
      const found = depth - 1 + levelsOf(level);
      return tooMuch(path, `be at most ${limits.metadataMaxDepth} levels deep`, {
        limit: limits.metadataMaxDepth,
        found,
      });
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

export function checkWholeMetadata(
  metadata: JsonObject,
  path: string[],
  limits: MetadataLimits,
): UserErrorData[] {
  const errors = checkMetadata(metadata, path, limits);
  if (errors.length > 0) return errors;
  const { metadataMaxBytes: limit } = limits;
  const found = jsonBytes(metadata);
  return found <= limit ? [] : tooMuch(path, `have at most ${limit} bytes of JSON`, { limit, found });
}

const tooMuch = (path: string[], allowed: string, details: RefusalDetails): UserErrorData[] =>
  problem(path, `metadata may ${allowed}.`, 'LIMIT_EXCEEDED', details);

function levelsOf(containers: object[]): number {
  let count = 0;
  for (let level = containers; level.length > 0; count += 1) {
    level = level.flatMap((each) =>
      Object.values(each).filter((value) => typeof value === 'object' && value !== null),
    );
  }
  return count;
}

function entryProblem(key: string, value: unknown): string | null {
  const wrongKey = textProblem(key);
  if (wrongKey !== null) return `A key of metadata ${wrongKey}.`;
  const wrongValue = typeof value === 'string' ? textProblem(value) : null;
  return wrongValue === null ? null : `The string at key ${quote(key)} of metadata ${wrongValue}.`;
}
