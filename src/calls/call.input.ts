import { Field, ID, InputType } from 'type-graphql';
import { cut, quote } from '../graphql/bad-input.js';
import { uuidOf } from '../graphql/ids.js';
import { checkId, checkLength, checkStrings } from '../graphql/input-checks.js';
import { refuseIf, type UserErrorData } from '../refusal.js';
import { REFERENCE_NAMES } from './call.enums.js';
import type { CallGroupInput } from './call-group.type.js';
import { CallReference } from './call-reference.type.js';
import type { CallTarget, ReferenceValue } from './call-target.js';

@InputType({
  description:
    "Names one call, by our id or by any vendor's: exactly one member. A malformed id, or one of another type, is INVALID; a call that is unknown, or another organization's, is NOT_FOUND.",
})
export class CallLocator {
  @Field(() => ID, { nullable: true, description: "The call's id, e.g. `call_01h2xcejqtf2nbrexx3vqjhp41`." })
  id?: string;

  @Field(() => CallReference, {
    nullable: true,
    description: 'A vendor\'s name of it, e.g. `{ system: BURKI, name: "id", value: "101" }`.',
  })
  reference?: CallReference;
}

/** Bounds of what is indexed: four bytes a character must stay below what a Postgres index entry holds. */
const NAME: [number, number] = [1, 100];
const KEY: [number, number] = [1, 500];

/** A value that becomes a reference: not empty, at most 500 characters. */
export function checkReferenceValue(value: string | null | undefined, path: string[]): UserErrorData[] {
  return checkLength(value, path, KEY);
}

/** The names are the system's own, see REFERENCE_NAMES. */
export function checkReference(reference: ReferenceValue, path: string[]): UserErrorData[] {
  const { system, name, value } = reference;
  const errors = checkLength(name, [...path, 'name'], NAME);
  const names = REFERENCE_NAMES[system];
  const isMaster = system === 'CREOVAI' && name === 'masterCallId';
  if (errors.length === 0 && names !== null && !names.includes(name)) {
    const message = isMaster
      ? 'masterCallId names all legs of a call: give it as a group, { kind: "master", key: … }.'
      : `${system} has no reference name ${quote(name)}, but ${names.join(', ')}.`;
    errors.push({ code: 'INVALID', message, path: [...path, 'name'] });
  }
  return [...errors, ...checkReferenceValue(value, [...path, 'value'])];
}

export function checkGroup(group: CallGroupInput, path: string[]): UserErrorData[] {
  return [
    ...checkLength(group.kind, [...path, 'kind'], NAME),
    ...checkLength(group.key, [...path, 'key'], KEY),
  ];
}

/** What is wrong with a locator, [] if it names a call that may exist. */
export function checkCallLocator(locator: CallLocator, path: string[]): UserErrorData[] {
  const errors = checkStrings(locator, path);
  if (errors.length > 0) return errors;
  if (locator.reference != null) return checkReference(locator.reference, [...path, 'reference']);
  return checkId('call', locator.id ?? '', [...path, 'id']);
}

/**
 * The call that a locator names, for services.
 * @throws Refusal INVALID for a malformed id or reference
 */
export function toCallTarget(locator: CallLocator, path: string[]): CallTarget {
  refuseIf(checkCallLocator(locator, path));
  if (locator.reference == null) {
    const id = locator.id ?? '';
    return { path, label: `id ${id}`, id: uuidOf('call', id) ?? '' };
  }
  const { system, name, value } = locator.reference;
  return {
    path,
    label: `reference ${system} ${cut(name)} ${cut(value)}`,
    reference: { system, name, value },
  };
}
