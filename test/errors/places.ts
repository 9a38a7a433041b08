import {
  type GraphQLArgument,
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql';
import { publicSchema } from '../../src/graphql/schema.js';
import type { Variables } from '../support/gateway.js';
import type { Example } from './examples.js';

export type Path = (string | number)[];

/** Where a value stands among the arguments of a root field. */
export interface Place {
  path: Path;
  /** The type there, without its `!`. */
  type: GraphQLInputType;
  value: unknown;
  /** Places of one kind are the same field of the same input, e.g. the value of a condition on whichever command. */
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

/** Every value in the arguments, leaves and containers, with its place; of places of one kind the first. */
export function placesOf(example: Pick<Example, 'field' | 'operation'>, args: Variables): Place[] {
  const given = argumentsOf(example).filter(({ name }) => name in args);
  const all = given.flatMap(({ name, type }) => placesIn(type, args[name], [name], name));
  return [...new Map(all.toReversed().map((place) => [place.kind, place])).values()].toReversed();
}

function placesIn(declared: GraphQLInputType, value: unknown, path: Path, kind: string): Place[] {
  const type = bare(declared);
  const here: Place = { path, type, value, kind };
  if (isListType(type)) {
    const items = value as unknown[];
    return [
      here,
      ...items.flatMap((item, index) => placesIn(type.ofType, item, [...path, index], `${kind}[]`)),
    ];
  }
  if (!isInputObjectType(type)) return [here];
  const object = value as Variables;
  const fields = Object.values(type.getFields()).filter(({ name }) => name in object);
  return [
    here,
    ...fields.flatMap(({ name, type: fieldType }) =>
      placesIn(fieldType, object[name], [...path, name], `${type.name}.${name}`),
    ),
  ];
}

/** The arguments with another value at the place. */
export function put<T>(container: T, [step, ...rest]: Path, value: unknown): T {
  if (step === undefined) return value as T;
  const copy = (Array.isArray(container) ? [...container] : { ...container }) as Record<
    string | number,
    unknown
  >;
  copy[step] = put(copy[step], rest, value);
  return copy as T;
}

/** The arguments without what is neither required nor on the way to the place: a small request is a quick one. */
export function focusOn(
  example: Pick<Example, 'field' | 'operation'>,
  args: Variables,
  path: Path,
): Variables {
  const [argument, ...inner] = path;
  const given = argumentsOf(example).filter(
    ({ name, type }) => name in args && (name === argument || isNonNullType(type)),
  );
  return Object.fromEntries(
    given.map(({ name, type }) => [name, prune(type, args[name], name === argument ? inner : null)]),
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
  const kept = Object.values(type.getFields()).filter(
    (field) =>
      field.name in object && (field.name === step || isNonNullType(field.type) || (type.isOneOf && !step)),
  );
  return Object.fromEntries(
    kept.map((field) => [
      field.name,
      prune(field.type, object[field.name], field.name === step ? rest : null),
    ]),
  );
}

/** A value as it is written in a document. */
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

/** The document that gives the arguments as variables. */
export function documentOf(example: Example, args: Variables): string {
  const given = argumentsOf(example).filter(({ name }) => name in args);
  const declared = given.map(({ name, type }) => `$${name}: ${type}`).join(', ');
  const used = given.map(({ name }) => `${name}: $${name}`).join(', ');
  return `${example.operation} (${declared}) { ${example.field}(${used}) ${example.selection} }`;
}

/** The document that has the arguments written in it. */
export function literalDocumentOf(example: Example, args: Variables): string {
  const given = argumentsOf(example).filter(({ name }) => name in args);
  const used = given.map(({ name, type }) => `${name}: ${literalOf(type, args[name])}`).join(', ');
  return `${example.operation} { ${example.field}(${used}) ${example.selection} }`;
}
