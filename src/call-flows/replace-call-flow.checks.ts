import type { UserErrorData } from '../foundation/refusal.js';
import { atLeast, checkLength, checkStrings } from '../graphql/input-checks.js';
import { checkFlowCommands } from './call-flow-command.checks.js';
import type { CallFlowCommandInput } from './call-flow-command.input.js';

const KEY: [number, number] = [1, 255];

/** A malformed key cannot be looked up, so this comes first. */
export function checkIdempotencyKey(key: string | null | undefined): UserErrorData[] {
  const path = ['idempotencyKey'];
  return [...checkStrings(key, path), ...checkLength(key, path, KEY)];
}

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
