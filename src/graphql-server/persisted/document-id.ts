import type { HTTPGraphQLRequest } from '@apollo/server';
import { isObject } from '../../foundation/json-object.js';

/** Apollo Server does not know `documentId`, the parameter of GraphQL over HTTP. */
export function documentIdIn({ method, search, body }: HTTPGraphQLRequest): unknown {
  if (method !== 'GET') return isObject(body) ? body.documentId : undefined;
  return search.includes('documentId') ? new URLSearchParams(search).get('documentId') : undefined;
}

/** For requests that come without HTTP. */
export function withDocumentId(
  extensions: unknown,
  documentId: unknown,
): Record<string, unknown> | undefined {
  const given = isObject(extensions) ? extensions : undefined;
  return documentId === undefined ? given : { ...given, documentId };
}
