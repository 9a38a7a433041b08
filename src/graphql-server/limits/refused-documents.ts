import { type DocumentNode, type GraphQLError, parse } from 'graphql';
import { documentRefusal } from './document-limits.js';
import type { GraphqlLimits } from './limits.js';

const NOTHING = parse('{ __typename }');

/**
 * Apollo Server has no hook between parsing and validation, so a trivial document replaces a refused one until
 * validation is over. Apollo Server caches the replacement, so a repeated document needs no new check.
 */
export class RefusedDocuments {
  readonly #limits: GraphqlLimits;
  readonly #refusals = new WeakMap<DocumentNode, GraphQLError>();

  constructor(limits: GraphqlLimits) {
    this.#limits = limits;
  }

  judge(request: { readonly document: DocumentNode }): void {
    const refused = documentRefusal(request.document, this.#limits);
    if (refused === null) return;
    const substitute = { ...NOTHING };
    this.#refusals.set(substitute, refused);
    (request as { document: DocumentNode }).document = substitute;
  }

  of(document: DocumentNode): GraphQLError | undefined {
    return this.#refusals.get(document);
  }
}
