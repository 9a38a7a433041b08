import { type DocumentNode, GraphQLError, Kind } from 'graphql';
import { comparisonsIn } from './comparisons.js';
import { Extents } from './document-extent.js';
import { WrittenWords } from './document-words.js';
import { type GraphqlLimit, type GraphqlLimits, overLimit, refusal } from './limits.js';
import { fragmentsOf, type SelectedFields, selectedFields } from './selections.js';

/** Guards validation: some of its rules take quadratic time in what is limited here, and one of them throws. */
export function documentRefusal(document: DocumentNode, limits: GraphqlLimits): GraphQLError | null {
  try {
    check(document, limits);
    return null;
  } catch (error) {
    if (error instanceof GraphQLError) return error;
    throw error;
  }
}

function check(document: DocumentNode, limits: GraphqlLimits): void {
  const atMost = (limit: GraphqlLimit, found: number) => {
    if (found > limits[limit]) throw overLimit(limits, limit, found);
  };
  const operations = document.definitions.filter((each) => each.kind === Kind.OPERATION_DEFINITION);
  const variables = operations.reduce((sum, each) => sum + (each.variableDefinitions?.length ?? 0), 0);
  atMost('graphqlMaxDefinitions', document.definitions.length + variables);
  const fragmentDefinitions = document.definitions.filter((each) => each.kind === Kind.FRAGMENT_DEFINITION);
  const fragments = fragmentsOf(document);
  const words = new WrittenWords(fragments);
  for (const operation of operations) {
    const { aliases, directives } = words.of(operation);
    atMost('graphqlMaxAliases', aliases);
    atMost('graphqlMaxDirectives', directives);
  }
  const extents = new Extents(fragments, limits);
  let fields = 0;
  for (const { selectionSet } of operations) {
    const extent = extents.of(selectionSet);
    atMost('graphqlMaxDepth', extent.depth);
    fields += extent.fields;
  }
  for (const { selectionSet } of fragmentDefinitions) fields += extents.of(selectionSet).fields;
  atMost('graphqlMaxFields', fields);
  for (const operation of operations) {
    const { fields } = selectedFields([operation.selectionSet], fragments);
    atMost('graphqlMaxRootFields', fields.size);
    if (operation.operation === 'subscription') refuseConditions(fields);
  }
  let comparisons = 0;
  for (const { selectionSet } of [...operations, ...fragmentDefinitions]) {
    comparisons += comparisonsIn(selectionSet, fragments, limits.graphqlMaxComparisons);
    atMost('graphqlMaxComparisons', comparisons);
  }
}

/** A rule of graphql-js evaluates a subscription's fields without variables, and throws where one is needed. */
function refuseConditions(fields: SelectedFields['fields']): void {
  for (const { directives } of [...fields.values()].flat()) {
    if (directives.some(({ name }) => name.value === 'skip' || name.value === 'include')) {
      throw refusal(
        'GRAPHQL_VALIDATION_FAILED',
        'The field of a subscription takes neither @skip nor @include.',
      );
    }
  }
}
