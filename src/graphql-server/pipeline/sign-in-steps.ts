import { HeaderMap } from '@apollo/server';
import { type DocumentNode, GraphQLError, Kind, type SelectionSetNode } from 'graphql';
import type { RequestSteps } from './request-steps.js';

export const SIGN_IN =
  'Sign in with "Authorization: Bearer TOKEN" (header or connection_init); an unknown, revoked or expired token is refused.';

export function unauthenticated(): GraphQLError {
  const headers = new HeaderMap([['www-authenticate', 'Bearer realm="switchboard"']]);
  return new GraphQLError(SIGN_IN, {
    extensions: { code: 'UNAUTHENTICATED', http: { status: 401, headers } },
  });
}

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

function isIntrospection(
  document: DocumentNode,
  { selections }: SelectionSetNode,
  judged: Set<string>,
): boolean {
  return selections.every((selection) => {
    if (selection.kind === Kind.FIELD) return /^(?:__|_service$)/.test(selection.name.value);
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
