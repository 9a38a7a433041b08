import { type ASTNode, type DocumentNode, GraphQLError, Kind, visit } from 'graphql';
import type { RequestSteps } from './request-steps.js';

/** graphql-js names the argument in errors about variables only; this adds it for literals. */
export const nameArgumentsSteps: RequestSteps = {
  validationDidFail({ document }, errors) {
    for (const error of errors) {
      if (error instanceof GraphQLError) nameArgument(error, document);
    }
  },
};

function nameArgument(error: GraphQLError, document: DocumentNode): void {
  const [node] = error.nodes ?? [];
  const path = node && VALUES.has(node.kind) ? argumentPath(document, node) : [];
  if (path.length > 0) error.message = `${path.join('.')}: ${error.message}`;
}

const VALUES: ReadonlySet<Kind> = new Set([
  Kind.INT,
  Kind.FLOAT,
  Kind.STRING,
  Kind.BOOLEAN,
  Kind.NULL,
  Kind.ENUM,
  Kind.LIST,
  Kind.OBJECT,
  Kind.OBJECT_FIELD,
]);

function argumentPath(document: DocumentNode, target: ASTNode): string[] {
  const path: string[] = [];
  let found = false;
  visit(document, {
    enter(node, key) {
      if (found) return false;
      path.push(segment(node, key));
      if (node === target) found = true;
      return undefined;
    },
    leave() {
      if (!found) path.pop();
    },
  });
  return path.filter((name) => name !== '');
}

function segment(node: ASTNode, key: string | number | undefined): string {
  if (node.kind === Kind.ARGUMENT || node.kind === Kind.OBJECT_FIELD) return node.name.value;
  return typeof key === 'number' && VALUES.has(node.kind) ? String(key) : '';
}
