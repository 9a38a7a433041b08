import {
  type ASTNode,
  type DocumentNode,
  type GraphQLResolveInfo,
  Kind,
  type OperationDefinitionNode,
  visit,
} from 'graphql';

type Names = ReadonlySet<string>;

const known = new WeakMap<OperationDefinitionNode, Names>();

export function fieldNames({ operation, fragments }: GraphQLResolveInfo): Names {
  return namesOf(operation, () => Object.values(fragments));
}

export function fieldNamesIn({ definitions }: DocumentNode, operation: OperationDefinitionNode): Names {
  return namesOf(operation, () => definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION));
}

function namesOf(operation: OperationDefinitionNode, fragments: () => readonly ASTNode[]): Names {
  let names = known.get(operation);
  if (names === undefined) {
    names = namesIn([operation, ...fragments()]);
    known.set(operation, names);
  }
  return names;
}

export function namesIn(nodes: readonly ASTNode[]): Names {
  const names = new Set<string>();
  for (const node of nodes) visit(node, { Field: ({ name }) => void names.add(name.value) });
  return names;
}
