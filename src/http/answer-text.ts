import type { FormattedExecutionResult } from 'graphql';
import { eventLoop } from '../db/event-loop.js';
import { jsonTextInPieces } from '../db/json-pieces.js';
import { jsonText } from '../db/json-text.js';

/** What operations cost whose answers may take long to write. */
const LARGE = 1_000;

/** Hands Apollo Server's answer on to `textOf`, for it is written when it is known for whom. */
export const asItIs = (result: FormattedExecutionResult): string => result as unknown as string;

/** The text of an answer to a key, or what is a text already. */
export function textOf(answer: string, key: string): string | Promise<string> {
  if (typeof answer === 'string') return answer;
  const result = answer as FormattedExecutionResult<unknown, { cost?: { requested: number } }>;
  const isLarge = (result.extensions?.cost?.requested ?? 0) > LARGE;
  if (!isLarge || !eventLoop.isShared) return `${jsonText(result)}\n`;
  return jsonTextInPieces(result, () => eventLoop.pause(key)).then((text) => `${text}\n`);
}
