import {
  type GraphQLInputType,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredInputField,
} from 'graphql';

export type Path = (string | number)[];
export interface Leaf {
  path: Path;
  owner: string;
  values: unknown[];
}

let drawn = 0;
const fresh = () => `written-${++drawn}`;

/** Two values each, so that a match is not a coincidence. The numbers lie within all bounds. */
const SCALARS: Record<string, () => unknown[]> = {
  String: () => [fresh(), fresh()],
  Int: () => [101, 113],
  Float: () => [0.5, 17.25],
  Boolean: () => [true, false],
  DateTime: () => ['2024-02-03T04:05:06.007Z', '2023-12-11T10:09:08.000Z'],
  Decimal: () => ['17.25', '0.0125'],
  URL: () => [`https://example.com/${fresh()}`, `https://example.com/${fresh()}`],
  PhoneNumber: () => ['+15551230001', '+15551230002'],
  JSONObject: () => [{ [fresh()]: 1 }, { deep: { [fresh()]: [true] } }],
};

export function valuesOf(type: GraphQLInputType): unknown[] {
  const named = getNullableType(type);
  if (isListType(named)) return valuesOf(named.ofType).map((value) => [value]);
  if (isEnumType(named)) return named.getValues().map(({ name }) => name);
  const values = 'name' in named ? SCALARS[named.name] : undefined;
  if (values === undefined) throw new Error(`No values are known for ${type}.`);
  return values();
}

export function leavesOf(
  type: GraphQLInputType,
  path: Path,
  isLeft: (type: string, path: Path) => boolean,
  owner = '',
): Leaf[] {
  const named = getNullableType(type);
  if (isLeft(getNamedType(type).name, path)) return [];
  if (isListType(named) && isInputObjectType(getNullableType(named.ofType))) {
    return leavesOf(named.ofType, [...path, 0], isLeft, owner);
  }
  if (!isInputObjectType(named)) return [{ path, owner, values: valuesOf(named) }];
  return Object.values(named.getFields()).flatMap((field) =>
    leavesOf(field.type, [...path, field.name], isLeft, named.name),
  );
}

/** An input with its required members, and the value at its location. `given` has priority over made-up values. */
export function inputWith(
  type: GraphQLInputType,
  path: Path,
  value: unknown,
  given: (name: string) => unknown,
): unknown {
  const named = isNonNullType(type) ? type.ofType : type;
  const [head, ...rest] = path;
  if (head === undefined && value !== undefined) return value;
  if (isListType(named)) return [inputWith(named.ofType, rest, value, given)];
  if (!isInputObjectType(named)) return valuesOf(named)[0];
  const members = Object.values(named.getFields()).flatMap((field): [string, unknown][] => {
    if (field.name === head) return [[field.name, inputWith(field.type, rest, value, given)]];
    if (named.isOneOf && head !== undefined) return [];
    const known = given(field.name);
    if (known !== undefined) return [[field.name, known]];
    return isRequiredInputField(field) ? [[field.name, inputWith(field.type, [], undefined, given)]] : [];
  });
  return Object.fromEntries(members);
}

export function shows(answer: unknown, name: string, value: unknown): boolean {
  if (answer === null || typeof answer !== 'object') return false;
  return Object.entries(answer).some(
    ([key, member]) =>
      ((key === name || key.endsWith(`_${name}`)) && holds(member, value)) || shows(member, name, value),
  );
}

function holds(shown: unknown, value: unknown): boolean {
  if (value === null || typeof value !== 'object') return shown === value;
  if (shown === null || typeof shown !== 'object') return false;
  return Object.entries(value).every(([key, member]) =>
    holds((shown as Record<string, unknown>)[key], member),
  );
}
