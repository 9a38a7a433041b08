import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLIncludeDirective,
  type GraphQLNamedType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getDirectiveValues,
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';

/** A field has a function at each spread of its fragment, and for each type of an interface. */
const MOST_FIELDS = 1_000;

const INTROSPECTION: ReadonlySet<string> = new Set(['__schema', '__type']);

export interface Compilable {
  document: DocumentNode;
  conditions: string[];
  fields: number;
}

export function compilable(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): Compilable {
  const survey = new Survey(schema, document);
  const root = schema.getRootType(operation.operation) ?? undefined;
  const fields = survey.fieldsOf(operation.selectionSet, root);
  if (fields > MOST_FIELDS) throw new Error('the code would be too large');
  return {
    fields,
    document: { ...document, definitions: [operation, ...survey.used] },
    conditions: [...survey.conditions],
  };
}

class Survey {
  readonly used = new Set<FragmentDefinitionNode>();
  readonly conditions = new Set<string>();
  readonly #schema: GraphQLSchema;
  readonly #fragments: Map<string, FragmentDefinitionNode>;
  readonly #counted = new Map<FragmentDefinitionNode, number>();

  constructor(schema: GraphQLSchema, { definitions }: DocumentNode) {
    this.#schema = schema;
    const fragments = definitions.filter((each) => each.kind === Kind.FRAGMENT_DEFINITION);
    this.#fragments = new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
  }

  fieldsOf({ selections }: SelectionSetNode, type: GraphQLNamedType | undefined): number {
    return selections.reduce((sum, selection) => sum + this.#fieldsIn(selection, type), 0);
  }

  #fieldsIn(selection: SelectionNode, type: GraphQLNamedType | undefined): number {
    this.#addConditions(selection);
    if (selection.kind === Kind.FRAGMENT_SPREAD) return 1 + this.#fieldsOfFragment(selection.name.value);
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      const condition = selection.typeCondition?.name.value;
      return 1 + this.fieldsOf(selection.selectionSet, condition ? this.#schema.getType(condition) : type);
    }
    const { name, selectionSet } = selection;
    if (INTROSPECTION.has(name.value)) throw new Error('the schema is shown by graphql-js');
    if (selectionSet === undefined) return this.#typesOf(type);
    const fields = isObjectType(type) || isInterfaceType(type) ? type.getFields() : {};
    const own = getNamedType(fields[name.value]?.type);
    return this.#typesOf(type) * (1 + this.fieldsOf(selectionSet, own));
  }

  #fieldsOfFragment(name: string): number {
    const fragment = this.#fragments.get(name);
    if (fragment === undefined) return 0;
    let fields = this.#counted.get(fragment);
    if (fields === undefined) {
      this.used.add(fragment);
      fields = this.fieldsOf(fragment.selectionSet, this.#schema.getType(fragment.typeCondition.name.value));
      this.#counted.set(fragment, fields);
    }
    return fields;
  }

  #typesOf(type: GraphQLNamedType | undefined): number {
    return isAbstractType(type) ? this.#schema.getPossibleTypes(type).length : 1;
  }

  #addConditions({ directives = [] }: SelectionNode): void {
    for (const { arguments: args = [] } of directives) {
      for (const { value } of args) if (value.kind === Kind.VARIABLE) this.conditions.add(value.name.value);
    }
  }
}

/** @throws if a condition is null */
export function withoutConditions(document: DocumentNode, variables: Record<string, unknown>): DocumentNode {
  const decided = (selection: SelectionNode) => {
    if (selection.directives === undefined || selection.directives.length === 0) return undefined;
    const skip = getDirectiveValues(GraphQLSkipDirective, selection, variables);
    const include = getDirectiveValues(GraphQLIncludeDirective, selection, variables);
    return skip?.if === true || include?.if === false ? null : { ...selection, directives: [] };
  };
  return visit(document, { Field: decided, FragmentSpread: decided, InlineFragment: decided });
}
