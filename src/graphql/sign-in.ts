import { HeaderMap } from '@apollo/server';
import { type DocumentNode, GraphQLError, Kind, type SelectionSetNode } from 'graphql';
import type { RequestSteps } from './request-steps.js';

const MESSAGE =
  'Sign in with the header "Authorization: Bearer TOKEN"; a token that is unknown, revoked or expired is no token.';

/** The refusal of a request without a good token: 401, and nothing of it is executed. */
export function unauthenticated(): GraphQLError {
  const headers = new HeaderMap([['www-authenticate', 'Bearer realm="switchboard"']]);
  return new GraphQLError(MESSAGE, {
    extensions: { code: 'UNAUTHENTICATED', http: { status: 401, headers } },
  });
}

/** Ends an anonymous request before its execution, unless it only introspects. */
export const signInSteps: RequestSteps = {
  didResolveOperation({ contextValue, document, operation }) {
    if (
      contextValue.viewer === null &&
      operation &&
      !isIntrospection(document, operation.selectionSet, new Set())
    ) {
      throw unauthenticated();
    }
  },
};

/** `judged` holds the fragments that were looked at: each once, however often documents spread them in one another. */
function isIntrospection(
  document: DocumentNode,
  { selections }: SelectionSetNode,
  judged: Set<string>,
): boolean {
  return selections.every((selection) => {
    if (selection.kind === Kind.FIELD) return selection.name.value.startsWith('__');
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      return isIntrospection(document, selection.selectionSet, judged);
    }
    const name = selection.name.value;
    if (judged.has(name)) return true;
    judged.add(name);
    const fragment = document.definitions.find(
      (each) => each.kind === Kind.FRAGMENT_DEFINITION && each.name.value === name,
    );
    return (
      fragment?.kind === Kind.FRAGMENT_DEFINITION && isIntrospection(document, fragment.selectionSet, judged)
    );
  });
}
