import {
  type GraphQLArgument,
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql';
import { publicSchema } from '../../src/graphql-server/schema/schema.js';
import type { Variables } from '../support/gateway.js';
import type { Example } from './examples.js';

export type Path = (string | number)[];

export interface Location {
  path: Path;
  type: GraphQLInputType;
  value: unknown;
  /** Locations of one kind are the same field of the same input, e.g. the value of a condition on any command. */
  kind: string;
}

const bare = (type: GraphQLInputType): GraphQLInputType =>
  isNonNullType(type) ? (type.ofType as GraphQLInputType) : type;

export function argumentsOf({
  field,
  operation,
}: Pick<Example, 'field' | 'operation'>): readonly GraphQLArgument[] {
  const schema = publicSchema();
  const root = operation === 'query' ? schema.getQueryType() : schema.getMutationType();
  return root?.getFields()[field]?.args ?? [];
}

/** Every value in the arguments, leaves and containers, with its location; one location per kind. */
export function locationsOf(example: Pick<Example, 'field' | 'operation'>, args: Variables): Location[] {
  const present = argumentsOf(example).filter(({ name }) => name in args);
  const all = present.flatMap(({ name, type }) => locationsIn(type, args[name], [name], name));
  return [...new Map(all.toReversed().map((location) => [location.kind, location])).values()].toReversed();
}

function locationsIn(declared: GraphQLInputType, value: unknown, path: Path, kind: string): Location[] {
  const type = bare(declared);
  const here: Location = { path, type, value, kind };
  if (isListType(type)) {
    const items = value as unknown[];
    return [
      here,
      ...items.flatMap((item, index) => locationsIn(type.ofType, item, [...path, index], `${kind}[]`)),
    ];
  }
  if (!isInputObjectType(type)) return [here];
  const object = value as Variables;
  const fields = Object.values(type.getFields()).filter(({ name }) => name in object);
  return [
    here,
    ...fields.flatMap(({ name, type: fieldType }) =>
      locationsIn(fieldType, object[name], [...path, name], `${type.name}.${name}`),
    ),
  ];
}

export function put<T>(container: T, [step, ...rest]: Path, value: unknown): T {
  if (step === undefined) return value as T;
  const copy = (Array.isArray(container) ? [...container] : { ...container }) as Record<
    string | number,
    unknown
  >;
  copy[step] = put(copy[step], rest, value);
  return copy as T;
}

/** The arguments without what is neither required nor on the path to the location: small requests are fast. */
export function focusOn(
  example: Pick<Example, 'field' | 'operation'>,
  args: Variables,
  path: Path,
): Variables {
  const [argument, ...inner] = path;
  const present = argumentsOf(example).filter(
    ({ name, type }) => name in args && (name === argument || isNonNullType(type)),
  );
  return Object.fromEntries(
    present.map(({ name, type }) => [name, prune(type, args[name], name === argument ? inner : null)]),
  );
}

function prune(declared: GraphQLInputType, value: unknown, path: Path | null): unknown {
  const type = bare(declared);
  const [step, ...rest] = path ?? [];
  if (path !== null && step === undefined) return value;
  if (isListType(type)) {
    const upTo = typeof step === 'number' ? step : 0;
    const items = (value as unknown[]).slice(0, upTo + 1);
    return items.map((item, index) =>
      prune(type.ofType, item, path !== null && index === step ? rest : null),
    );
  }
  if (!isInputObjectType(type)) return value;
  const object = value as Variables;
  const selected = Object.values(type.getFields()).filter(
    (field) =>
      field.name in object && (field.name === step || isNonNullType(field.type) || (type.isOneOf && !step)),
  );
  return Object.fromEntries(
    selected.map((field) => [
      field.name,
      prune(field.type, object[field.name], field.name === step ? rest : null),
    ]),
  );
}

export function literalOf(declared: GraphQLInputType | undefined, value: unknown): string {
  const type = declared && bare(declared);
  if (Array.isArray(value)) {
    const itemType = isListType(type) ? type.ofType : type;
    return `[${value.map((item) => literalOf(itemType, item)).join(', ')}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const fields = isInputObjectType(type) ? type.getFields() : {};
    const members = Object.entries(value).map(
      ([name, member]) => `${name}: ${literalOf(fields[name]?.type, member)}`,
    );
    return `{${members.join(', ')}}`;
  }
  const item = isListType(type) ? bare(type.ofType) : type;
  return isEnumType(item) && typeof value === 'string' && /^\w+$/.test(value) ? value : JSON.stringify(value);
}

export function documentOf(example: Example, args: Variables): string {
  const present = argumentsOf(example).filter(({ name }) => name in args);
  const declared = present.map(({ name, type }) => `$${name}: ${type}`).join(', ');
  const used = present.map(({ name }) => `${name}: $${name}`).join(', ');
  return `${example.operation} (${declared}) { ${example.field}(${used}) ${example.selection} }`;
}

export function literalDocumentOf(example: Example, args: Variables): string {
  const present = argumentsOf(example).filter(({ name }) => name in args);
  const used = present.map(({ name, type }) => `${name}: ${literalOf(type, args[name])}`).join(', ');
  return `${example.operation} { ${example.field}(${used}) ${example.selection} }`;
}
