import { checkReferenceValue, toCallTarget } from '../calls/call.input.js';
import { refuseIf, type UserErrorData } from '../foundation/refusal.js';
import { uuidOf } from '../graphql/ids.js';
import { atLeast, checkId, checkStrings, notNull } from '../graphql/input-checks.js';
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

export function toVoiceCall<R extends Pick<CreateVoiceCallInput, 'uid' | 'sourceId' | 'externalUuid'>>(
  input: R,
): R {
  const { uid, sourceId, externalUuid } = input;
  return {
    ...input,
    ...(uid != null && { uid: uid.trim() }),
    sourceId: sourceId.trim(),
    externalUuid: externalUuid.trim(),
  };
}

export function checkVoiceCallPatch(input: PatchVoiceCallInput, path: string[]): UserErrorData[] {
  return [
    ...checkStrings(input, path),
    ...NEVER_NULL.flatMap((name) => notNull(input[name], [...path, name])),
    ...atLeast(0, input.duration, [...path, 'duration'], 'seconds'),
  ];
}

/** Expects a checked patch, with null only where it may clear. */
export function toVoiceCallPatch(input: PatchVoiceCallInput): VoiceCallPatch {
  return { ...input } as VoiceCallPatch;
}

/** @throws Refusal INVALID for a malformed id or reference */
export function toVoiceCallTarget(locator: VoiceCallLocator, path: string[]): VoiceCallTarget {
  if (locator.call != null) {
    const call = toCallTarget(locator.call, [...path, 'call']);
    return { path, label: call.label, call };
  }
  const id = locator.id ?? '';
  refuseIf(checkId('voice_call', id, [...path, 'id']));
  return { path, label: `id ${id}`, id: uuidOf('voice_call', id) ?? '' };
}
