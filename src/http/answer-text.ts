import type { FormattedExecutionResult } from 'graphql';
import { eventLoop } from '../foundation/event-loop.js';
import { jsonTextInPieces } from '../foundation/json-pieces.js';
import { jsonText } from '../foundation/json-text.js';

const LARGE = 1_000;

export const unserialized = (result: FormattedExecutionResult): string => result as unknown as string;

export function textOf(answer: string, key: string): string | Promise<string> {
  if (typeof answer === 'string') return answer;
  const result = answer as FormattedExecutionResult<unknown, { cost?: { requested: number } }>;
  const isLarge = (result.extensions?.cost?.requested ?? 0) > LARGE;
  if (!isLarge || !eventLoop.isShared) return `${jsonText(result)}\n`;
  return jsonTextInPieces(result, () => eventLoop.pause(key)).then((text) => `${text}\n`);
}
