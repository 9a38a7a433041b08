import { checkReferenceValue, toCallTarget } from '../calls/call.input.js';
import { uuidOf } from '../graphql/ids.js';
import { atLeast, checkId, checkStrings, notNull } from '../graphql/input-checks.js';
import { refuseIf, type UserErrorData } from '../refusal.js';
import type { PatchVoiceCallInput, UpdateVoiceCallInput } from './update-voice-call.input.js';
import type { CreateVoiceCallInput, VoiceCallLocator } from './voice-call.input.js';
import type { VoiceCallTarget } from './voice-call-target.js';
import type { VoiceCallPatch } from './voice-call-values.js';

const NEVER_NULL = [
  'staffUid',
  'clientUid',
  'fromNumber',
  'toNumber',
  'direction',
  'status',
  'rate',
] as const;

/** What is wrong with a whole record, new or replaced. */
export function checkVoiceCall(
  input: CreateVoiceCallInput | UpdateVoiceCallInput,
  path: string[],
): UserErrorData[] {
  return [
    ...checkStrings(input, path),
    ...checkReferenceValue('uid' in input ? input.uid : null, [...path, 'uid']),
    ...checkReferenceValue(input.sourceId, [...path, 'sourceId']),
    ...checkReferenceValue(input.externalUuid, [...path, 'externalUuid']),
    ...atLeast(0, input.duration, [...path, 'duration'], 'seconds'),
  ];
}

/** What is wrong with a change of some fields; null clears those that may be unknown, and no other. */
export function checkVoiceCallPatch(input: PatchVoiceCallInput, path: string[]): UserErrorData[] {
  return [
    ...checkStrings(input, path),
    ...NEVER_NULL.flatMap((name) => notNull(input[name], [...path, name])),
    ...atLeast(0, input.duration, [...path, 'duration'], 'seconds'),
  ];
}

/** A checked patch as the service takes it: null is left only where it clears. */
export function toVoiceCallPatch(input: PatchVoiceCallInput): VoiceCallPatch {
  return { ...input } as VoiceCallPatch;
}

/**
 * The voice call that a locator names, for services.
 * @throws Refusal INVALID for a malformed id or reference
 */
export function toVoiceCallTarget(locator: VoiceCallLocator, path: string[]): VoiceCallTarget {
  if (locator.call != null) {
    const call = toCallTarget(locator.call, [...path, 'call']);
    return { path, label: call.label, call };
  }
  const id = locator.id ?? '';
  refuseIf(checkId('voice_call', id, [...path, 'id']));
  return { path, label: `id ${id}`, id: uuidOf('voice_call', id) ?? '' };
}
