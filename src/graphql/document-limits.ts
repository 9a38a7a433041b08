import { type DocumentNode, GraphQLError, Kind, type OperationDefinitionNode } from 'graphql';
import { comparisonsIn } from './comparisons.js';
import { Extents } from './document-extent.js';
import { WrittenWords } from './document-words.js';
import { type GraphqlLimit, type GraphqlLimits, overLimit } from './limits.js';
import { fragmentsOf, placeOf } from './selections.js';

/**
 * What is wrong with a parsed document, of which nothing has been validated: some rules of the validation take time that
 * grows with the square of what is limited here. Null for nearly all.
 */
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
  // Two may have one name, and both will be validated.
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
  for (const operation of operations) atMost('graphqlMaxRootFields', rootFields(operation, fragments));
  let comparisons = 0;
  for (const { selectionSet } of [...operations, ...fragmentDefinitions]) {
    comparisons += comparisonsIn(selectionSet, fragments, limits.graphqlMaxComparisons);
    atMost('graphqlMaxComparisons', comparisons);
  }
}

const rootFields = ({ selectionSet }: OperationDefinitionNode, fragments: ReturnType<typeof fragmentsOf>) =>
  placeOf([selectionSet], fragments).fields.size;
