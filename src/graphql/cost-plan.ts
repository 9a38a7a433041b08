import {
  type DirectiveNode,
  type FieldNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isInterfaceType,
  isListType,
  isObjectType,
  type OperationDefinitionNode,
} from 'graphql';
import { ArgumentSizes, type Size, type Variables } from './cost-sizes.js';
import { introspectionSize, META_FIELDS } from './introspection-sizes.js';
import type { GraphqlLimits } from './limits.js';
import { type Fragments, type Occurrence, type Place, placeOf } from './selections.js';

/** A list that has no pages is taken to be so long. */
const PLAIN_LIST = 10;
/** A total takes the database about as long as a page. */
const TOTAL = 50;
/** A write locks, logs and commits. */
const WRITE = 10;

/** `size` × (`base` + the terms), as far as it is not known before the variables are. */
interface Term {
  size: Size;
  isAsked: (variables: Variables) => boolean;
  base: number;
  terms: Term[];
}

type Sum = Pick<Term, 'base' | 'terms'>;

const ALWAYS = () => true;

/**
 * What an operation may cost at most: one point, and one for each thing with an id that the answer may hold, pages of pages
 * multiplied; 50 for a total, 10 for a write, and what a filter has to look for. What belongs to a thing costs nothing
 * more. Made once for an operation; what depends on variables is reckoned anew for each request.
 */
export class CostPlan {
  readonly #sum: Sum;

  constructor(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    fragments: Fragments,
    limits: GraphqlLimits,
  ) {
    const root = schema.getRootType(operation.operation);
    const place = placeOf([operation.selectionSet], fragments);
    const sizes = new ArgumentSizes(operation, limits);
    this.#sum = new Planner(schema, sizes, fragments).sumOf(place, root ?? undefined, 1);
  }

  /** @throws the refusal of a filter that is too large */
  costOf(variables: Variables): number {
    return 1 + evaluate(this.#sum, variables);
  }
}

function evaluate({ base, terms }: Sum, variables: Variables): number {
  let value = base;
  for (const term of terms) {
    if (!term.isAsked(variables)) continue;
    const size = typeof term.size === 'number' ? term.size : term.size(variables);
    value += size * evaluate(term, variables);
  }
  return value;
}

class Planner {
  readonly #schema: GraphQLSchema;
  readonly #sizes: ArgumentSizes;
  readonly #fragments: Fragments;

  constructor(schema: GraphQLSchema, sizes: ArgumentSizes, fragments: Fragments) {
    this.#schema = schema;
    this.#sizes = sizes;
    this.#fragments = fragments;
  }

  /** `page` is how many items the lists of a connection have. */
  sumOf({ fields }: Place, type: GraphQLNamedType | undefined, page: Size): Sum {
    const sum: Sum = { base: 0, terms: [] };
    for (const occurrences of fields.values()) {
      // Fragments for different types may select different things under one name.
      const types = new Set(occurrences.map(({ on }) => on));
      for (const on of types) {
        const parent = on === undefined ? type : this.#schema.getType(on);
        addTo(
          sum,
          this.#termOf(
            occurrences.filter((each) => each.on === on),
            parent,
            page,
          ),
        );
      }
    }
    return sum;
  }

  #termOf(occurrences: Occurrence[], parent: GraphQLNamedType | undefined, page: Size): Term | null {
    const [occurrence] = occurrences;
    const field = occurrence && fieldOf(parent, occurrence.field.name.value);
    if (occurrence === undefined || field === undefined) return null;
    const isAsked = occurrences.length === 1 ? this.#conditionOf(occurrence.directives) : ALWAYS;
    const type = getNamedType(field.type);
    const below = occurrences.flatMap((each) => each.field.selectionSet ?? []);
    const ownPage = isConnection(type) ? this.#sizes.pageOf(occurrence.field) : 1;
    const { base, terms } = this.sumOf(placeOf(below, this.#fragments), type, ownPage);
    const size = isList(field) ? this.#lengthOf(occurrence.field, field, parent, page) : 1;
    const filter = this.#sizes.filterOf(occurrence.field, field.args);
    if (filter !== null) terms.push({ size: filter, isAsked: ALWAYS, base: 1, terms: [] });
    return { size, isAsked, base: base + this.#pointsOf(field, parent), terms };
  }

  #lengthOf(
    node: FieldNode,
    field: GraphQLField<unknown, unknown>,
    parent: GraphQLNamedType | undefined,
    page: Size,
  ): Size {
    if (isConnection(parent)) return page;
    const introspected = introspectionSize(this.#schema, field.name, getNamedType(field.type));
    return introspected ?? this.#sizes.lengthOf(node, field.args) ?? PLAIN_LIST;
  }

  #pointsOf(field: GraphQLField<unknown, unknown>, parent: GraphQLNamedType | undefined): number {
    const type = getNamedType(field.type);
    const written = parent === this.#schema.getMutationType() ? WRITE : 0;
    if (isConnection(parent) && field.name === 'totalCount') return TOTAL;
    const isThing = type.name.startsWith('__') ? isList(field) : fieldOf(type, 'id') !== undefined;
    return written + (isThing ? 1 : 0);
  }

  /** Whether the field is asked for, by all @skip and @include that lead to it. */
  #conditionOf(directives: readonly DirectiveNode[] = []): Term['isAsked'] {
    if (directives.length === 0) return ALWAYS;
    const conditions = directives
      .filter(({ name }) => name.value === 'skip' || name.value === 'include')
      .map(({ name, arguments: [argument] = [] }) => {
        const holds = this.#sizes.conditionOf(argument?.value);
        const due = name.value === 'include';
        return (variables: Variables) => (typeof holds === 'function' ? holds(variables) : holds) === due;
      });
    return (variables) => conditions.every((condition) => condition(variables));
  }
}

/** What is known already is added at once. */
function addTo(sum: Sum, term: Term | null): void {
  if (term === null || (term.base === 0 && term.terms.length === 0)) return;
  if (typeof term.size === 'number' && term.isAsked === ALWAYS && term.terms.length === 0) {
    sum.base += term.size * term.base;
  } else sum.terms.push(term);
}

function fieldOf(
  type: GraphQLNamedType | undefined,
  name: string,
): GraphQLField<unknown, unknown> | undefined {
  const own = isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
  return own ?? META_FIELDS[name];
}

const isConnection = (type: GraphQLNamedType | undefined) => type?.name.endsWith('Connection') ?? false;
const isList = ({ type }: GraphQLField<unknown, unknown>) => isListType(getNullableType(type));
