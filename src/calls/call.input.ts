import { Field, ID, InputType } from 'type-graphql';
import { refuseIf, type UserErrorData } from '../foundation/refusal.js';
import { cut, quote } from '../graphql/bad-input.js';
import { uuidOf } from '../graphql/ids.js';
import { checkId, checkLength, checkStrings, problem } from '../graphql/input-checks.js';
import type { Only } from '../graphql/only.js';
import { REFERENCE_NAMES } from './call.enums.js';
import type { CallGroupInput } from './group/call-group.type.js';
import { birdId } from './reference/bird-id.js';
import { CallReference } from './reference/call-reference.type.js';
import type { CallTarget, ReferenceValue } from './reference/call-target.values.js';

@InputType({
  description:
    "Identifies one call, by its id here or by a vendor's reference: give exactly one member. A malformed id, or an id of another type, is INVALID; an unknown call, or one of another organization, is NOT_FOUND.",
})
export class CallLocator {
  @Field(() => ID, { nullable: true, description: "The call's id, e.g. `call_01h2xcejqtf2nbrexx3vqjhp41`." })
  id?: string;

  @Field(() => CallReference, {
    nullable: true,
    description: 'A reference of the call, e.g. `{ system: BURKI, name: "id", value: "101" }`.',
  })
  reference?: CallReference;
}

/** At four bytes a character, both must fit into one Postgres index entry. */
const NAME: [number, number] = [1, 100];
const KEY: [number, number] = [1, 500];

/** Names that differ only in these characters look the same. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

export function checkReferenceValue(value: string | null | undefined, path: string[]): UserErrorData[] {
  return checkName(value, path, KEY);
}

function checkName(
  value: string | null | undefined,
  path: string[],
  length: [number, number],
): UserErrorData[] {
  const errors = checkLength(value?.trim(), path, length);
  if (errors.length > 0 || value == null || !INVISIBLE.test(value.trim().replaceAll('\0', ''))) return errors;
  return problem(path, `${path.at(-1)} must not contain control or invisible characters.`);
}

/** Trims ids, and lower-cases Bird's, which are UUIDs. */
export function toReference({ system, name, value }: ReferenceValue): ReferenceValue {
  const id = value.trim();
  return { system, name: name.trim(), value: system === 'BIRD' ? birdId(id) : id };
}

export function checkReference(reference: ReferenceValue, path: string[]): UserErrorData[] {
  const { system, value } = reference;
  const name = reference.name.trim();
  const errors = checkName(name, [...path, 'name'], NAME);
  const names = REFERENCE_NAMES[system];
  const isMaster = system === 'CREOVAI' && name === 'masterCallId';
  if (errors.length === 0 && names !== null && !names.includes(name)) {
    const message = isMaster
      ? 'masterCallId names all legs of a call: give it as a group, { kind: "master", key: … }.'
      : `${system} has no reference name ${quote(name)}; its names are ${names.join(', ')}.`;
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

export function checkCallLocator(locator: CallLocator, path: string[]): UserErrorData[] {
  const errors = checkStrings(locator, path);
  if (errors.length > 0) return errors;
  if (locator.reference != null) return checkReference(locator.reference, [...path, 'reference']);
  return checkId('call', locator.id ?? '', [...path, 'id']);
}

/** @throws Refusal INVALID for a malformed id or reference */
export function toCallTarget(locator: CallLocator, path: string[]): CallTarget {
  refuseIf(checkCallLocator(locator, path));
  if (locator.reference == null) {
    const id = locator.id ?? '';
    return { path, label: `id ${id}`, id: uuidOf('call', id) ?? '' };
  }
  locator.reference satisfies Only<CallReference, ReferenceValue>;
  const { system, name, value } = toReference(locator.reference);
  return {
    path,
    label: `reference ${system} ${cut(name)} ${cut(value)}`,
    reference: { system, name, value },
  };
}
