import { atLeast, checkLength, checkStrings } from '../graphql/input-checks.js';
import type { UserErrorData } from '../refusal.js';
import { checkFlowCommands } from './call-flow-command.checks.js';
import type { CallFlowCommandInput } from './call-flow-command.input.js';

const KEY: [number, number] = [1, 255];

/** What is wrong with a key; such a key cannot be looked up. */
export function checkIdempotencyKey(key: string | null | undefined): UserErrorData[] {
  const path = ['idempotencyKey'];
  return [...checkStrings(key, path), ...checkLength(key, path, KEY)];
}

/** What is wrong with the rest of replaceCallFlow's arguments; a key that is known answers in spite of it. */
export function checkReplacement(
  commands: CallFlowCommandInput[],
  expectedFlowRevision: number | null | undefined,
): UserErrorData[] {
  return [
    ...checkStrings({ commands }, []),
    ...checkFlowCommands(commands, ['commands']),
    ...atLeast(0, expectedFlowRevision, ['expectedFlowRevision']),
  ];
}
