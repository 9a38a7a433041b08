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
  isUnionType,
  type OperationDefinitionNode,
} from 'graphql';
import { ArgumentSizes, type PointsOf, type Size, type Variables } from './cost-sizes.js';
import { introspectionSize, META_FIELDS, WHOLE_INTROSPECTION } from './introspection-sizes.js';
import type { GraphqlLimits } from './limits.js';
import { type Fragments, type Occurrence, type SelectedFields, selectedFields } from './selections.js';

const PLAIN_LIST = 10;
/** A total takes the database about as long as a page. */
const TOTAL = 50;
/** Each of them counts. */
const TOTALS: ReadonlySet<string> = new Set(['totalCount', 'totalCountIsEstimate']);
const WRITE = 10;
/** As much as a page of calls. */
const INTROSPECTION = 50;

interface Term {
  size: Size;
  isAsked: (variables: Variables) => boolean;
  base: number;
  terms: Term[];
}

type Sum = Pick<Term, 'base' | 'terms'>;

const ALWAYS = () => true;

/**
 * The maximum cost of an operation in points. The plan is made once; only what depends on variables is evaluated per
 * request.
 */
export class CostPlan {
  readonly #sum: Sum;
  readonly #introspection: Sum;
  readonly #usual: () => number;

  constructor(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    fragments: Fragments,
    limits: GraphqlLimits,
  ) {
    const root = schema.getRootType(operation.operation);
    const selected = selectedFields([operation.selectionSet], fragments);
    const sizes = new ArgumentSizes(operation, limits);
    const planner = new Planner(schema, sizes, fragments);
    const [asked, own] = [true, false].map((isMeta) => ({
      ...selected,
      fields: new Map([...selected.fields].filter(([, [first]]) => isMetaField(first) === isMeta)),
    })) as [SelectedFields, SelectedFields];
    this.#sum = planner.sumOf(own, root ?? undefined, 1);
    this.#introspection = planner.sumOf(asked, root ?? undefined, 1);
    this.#usual = () => usualIntrospection(schema, limits);
  }

  costOf(variables: Variables): number {
    return 1 + evaluate(this.#sum, variables) + this.#introspectionCost(variables);
  }

  /** What tools ask for has one price, whatever the size of the schema. More than that costs what it takes. */
  #introspectionCost(variables: Variables): number {
    const cost = evaluate(this.#introspection, variables);
    return cost <= INTROSPECTION || cost > this.#usual() ? cost : INTROSPECTION;
  }
}

const isMetaField = (occurrence: Occurrence | undefined) =>
  occurrence !== undefined && META_FIELDS[occurrence.field.name.value] !== undefined;

const usual = new WeakMap<GraphQLSchema, number>();

/** The points of the longest introspection that graphql-js writes. */
function usualIntrospection(schema: GraphQLSchema, limits: GraphqlLimits): number {
  let points = usual.get(schema);
  if (points === undefined) {
    const { operation, fragments } = WHOLE_INTROSPECTION;
    const root = schema.getQueryType();
    const planner = new Planner(schema, new ArgumentSizes(operation, limits), fragments);
    const sum = planner.sumOf(selectedFields([operation.selectionSet], fragments), root ?? undefined, 1);
    points = evaluate(sum, {});
    usual.set(schema, points);
  }
  return points;
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

  sumOf({ fields }: SelectedFields, type: GraphQLNamedType | undefined, page: Size): Sum {
    const sum: Sum = { base: 0, terms: [] };
    for (const occurrences of fields.values()) {
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
    const { base, terms } = this.sumOf(selectedFields(below, this.#fragments), type, ownPage);
    const pointsOf = field.extensions.points as PointsOf | undefined;
    if (pointsOf !== undefined) {
      terms.push({
        size: this.#sizes.pointsOf(occurrence.field, pointsOf),
        isAsked: ALWAYS,
        base: 1,
        terms: [],
      });
    }
    const isMany = isList(field) || (isMutation(parent, this.#schema) && takesIds(field));
    const size = isMany && pointsOf === undefined ? this.#lengthOf(occurrence.field, field, parent, page) : 1;
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
    // The mutation itself counts as often as it has items.
    if (parent?.name.endsWith('Payload')) return 1;
    const introspected = introspectionSize(this.#schema, field.name, getNamedType(field.type));
    return introspected ?? this.#sizes.lengthOf(node, field.args) ?? PLAIN_LIST;
  }

  #pointsOf(field: GraphQLField<unknown, unknown>, parent: GraphQLNamedType | undefined): number {
    const type = getNamedType(field.type);
    const written = isMutation(parent, this.#schema) ? WRITE : 0;
    if (isConnection(parent) && TOTALS.has(field.name)) return TOTAL;
    const isThing = type.name.startsWith('__') ? isList(field) : hasId(type);
    return written + (isThing ? 1 : 0);
  }

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

/** Of a union: all of its types. */
const hasId = (type: GraphQLNamedType): boolean =>
  isUnionType(type) ? type.getTypes().every(hasId) : fieldOf(type, 'id') !== undefined;

const isConnection = (type: GraphQLNamedType | undefined) => type?.name.endsWith('Connection') ?? false;
const isMutation = (type: GraphQLNamedType | undefined, schema: GraphQLSchema) =>
  type !== undefined && type === schema.getMutationType();
const takesIds = ({ args }: GraphQLField<unknown, unknown>) =>
  args.some(({ type }) => String(type) === '[ID!]!');
const isList = ({ type }: GraphQLField<unknown, unknown>) => isListType(getNullableType(type));
