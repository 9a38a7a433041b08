import {
  type FieldNode,
  type GraphQLArgument,
  getNullableType,
  isListType,
  Kind,
  type OperationDefinitionNode,
  type ValueNode,
  valueFromASTUntyped,
} from 'graphql';
import { DEFAULT_LIMIT, MAX_LIMIT } from '../../graphql/page-limits.js';
import { FilterSize } from './filter-size.js';
import { type GraphqlLimits, overLimit } from './limits.js';

export type Variables = Readonly<Record<string, unknown>>;

/** A filter as the client wrote it. */
export type PointsOf = (filter: unknown) => number;

export type Size = number | ((variables: Variables) => number);

const MOST_ITEMS = 500;

export class ArgumentSizes {
  readonly #limits: GraphqlLimits;
  readonly #defaults: ReadonlyMap<string, ValueNode | undefined>;

  constructor({ variableDefinitions = [] }: OperationDefinitionNode, limits: GraphqlLimits) {
    this.#limits = limits;
    this.#defaults = new Map(
      variableDefinitions.map(({ variable, defaultValue }) => [variable.name.value, defaultValue]),
    );
  }

  pageOf(field: FieldNode): Size {
    const [first, last] = ['first', 'last'].map((name) => this.#valueOf(field, name));
    if (typeof first !== 'function' && typeof last !== 'function') return pageSize(first ?? last);
    return (variables) => pageSize(resolved(first, variables) ?? resolved(last, variables));
  }

  lengthOf(field: FieldNode, args: readonly GraphQLArgument[]): Size | null {
    const list = args.find(({ type }) => isListType(getNullableType(type)));
    if (list === undefined) return null;
    const value = this.#valueOf(field, list.name);
    return typeof value === 'function' ? (variables) => length(value(variables)) : length(value);
  }

  filterOf(field: FieldNode, args: readonly GraphQLArgument[]): Size | null {
    const filter = args.find(({ name }) => name === 'filter');
    const node = field.arguments?.find(({ name }) => name.value === 'filter');
    if (filter === undefined || node === undefined) return null;
    const most = this.#limits.graphqlMaxFilterNodes;
    return (variables) => {
      const size = new FilterSize(most, variables, this.#defaults).of(node.value, filter.type);
      if (size > most) throw overLimit(this.#limits, 'graphqlMaxFilterNodes', size);
      return size;
    };
  }

  /** Of a field that says itself what its filter costs. */
  pointsOf(field: FieldNode, pointsOf: PointsOf): Size {
    const node = field.arguments?.find(({ name }) => name.value === 'filter')?.value;
    if (node === undefined) return pointsOf(null);
    const defaults = [...this.#defaults].map(([name, value]) => [name, value && valueFromASTUntyped(value)]);
    return (variables) =>
      pointsOf(valueFromASTUntyped(node, { ...Object.fromEntries(defaults), ...variables }));
  }

  conditionOf(value: ValueNode | undefined): boolean | ((variables: Variables) => boolean) {
    const read = value && this.#read(value);
    return typeof read === 'function' ? (variables) => read(variables) === true : read === true;
  }

  #valueOf(field: FieldNode, argument: string): unknown {
    const node = field.arguments?.find(({ name }) => name.value === argument);
    return node && this.#read(node.value);
  }

  #read(value: ValueNode): unknown {
    if (value.kind !== Kind.VARIABLE) return literal(value);
    const name = value.name.value;
    const node = this.#defaults.get(name);
    const fallback = node && literal(node);
    return (variables: Variables) => (Object.hasOwn(variables, name) ? variables[name] : fallback);
  }
}

function literal(value: ValueNode): unknown {
  if (value.kind === Kind.INT) return Number(value.value);
  if (value.kind === Kind.BOOLEAN) return value.value;
  if (value.kind === Kind.LIST) return value.values;
  return value.kind === Kind.NULL ? null : value;
}

const resolved = (value: unknown, variables: Variables): unknown =>
  typeof value === 'function' ? value(variables) : value;

function pageSize(value: unknown): number {
  if (typeof value !== 'number' || !(value >= 0)) return DEFAULT_LIMIT;
  return Math.min(value, MAX_LIMIT);
}

function length(value: unknown): number {
  if (value == null) return 0;
  return Array.isArray(value) ? Math.min(value.length, MOST_ITEMS) : 1;
}
