import {
  type FieldNode,
  type GraphQLArgument,
  getNullableType,
  isListType,
  Kind,
  type OperationDefinitionNode,
  type ValueNode,
} from 'graphql';
import { FilterSize } from './filter-size.js';
import { type GraphqlLimits, overLimit } from './limits.js';
import { DEFAULT_LIMIT, MAX_LIMIT } from './page-limits.js';

export type Variables = Readonly<Record<string, unknown>>;

/** A number that is known from the document alone, or only with the variables of a request. */
export type Size = number | ((variables: Variables) => number);

/** No list that a client sends to be looked up or written may be longer; a longer one is refused unread. */
const MOST_ITEMS = 500;

/** What an argument's value says of the length of an answer and the work for it, with the operation's own defaults. */
export class ArgumentSizes {
  readonly #limits: GraphqlLimits;
  readonly #defaults: ReadonlyMap<string, ValueNode | undefined>;

  constructor({ variableDefinitions = [] }: OperationDefinitionNode, limits: GraphqlLimits) {
    this.#limits = limits;
    this.#defaults = new Map(
      variableDefinitions.map(({ variable, defaultValue }) => [variable.name.value, defaultValue]),
    );
  }

  /** How many items a page has at most. What is no page is refused unread, whatever it is taken for here. */
  pageOf(field: FieldNode): Size {
    const [first, last] = ['first', 'last'].map((name) => this.#valueOf(field, name));
    if (typeof first !== 'function' && typeof last !== 'function') return pageSize(first ?? last);
    return (variables) => pageSize(given(first, variables) ?? given(last, variables));
  }

  /** The length of the list that a field is asked for by; null where there is none. */
  lengthOf(field: FieldNode, args: readonly GraphQLArgument[]): Size | null {
    const list = args.find(({ type }) => isListType(getNullableType(type)));
    if (list === undefined) return null;
    const value = this.#valueOf(field, list.name);
    return typeof value === 'function' ? (variables) => length(value(variables)) : length(value);
  }

  /** How much the field's filter has to look for; null without one. The size throws for more than is allowed. */
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

  /** Whether a condition of @skip or @include holds. */
  conditionOf(value: ValueNode | undefined): boolean | ((variables: Variables) => boolean) {
    const read = value && this.#read(value);
    return typeof read === 'function' ? (variables) => read(variables) === true : read === true;
  }

  #valueOf(field: FieldNode, argument: string): unknown {
    const node = field.arguments?.find(({ name }) => name.value === argument);
    return node && this.#read(node.value);
  }

  /** A function for a variable. Of a list only the length counts. */
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

const given = (value: unknown, variables: Variables): unknown =>
  typeof value === 'function' ? value(variables) : value;

function pageSize(value: unknown): number {
  if (typeof value !== 'number' || !(value >= 0)) return DEFAULT_LIMIT;
  return Math.min(value, MAX_LIMIT);
}

/** One value is a list of one, as graphql-js has it. */
function length(value: unknown): number {
  if (value == null) return 0;
  return Array.isArray(value) ? Math.min(value.length, MOST_ITEMS) : 1;
}
