import { type DocumentNode, type GraphQLError, parse } from 'graphql';
import { documentRefusal } from './document-limits.js';
import type { GraphqlLimits } from './limits.js';

const NOTHING = parse('{ __typename }');

/**
 * Keeps documents that pass a limit from the validation: nothing of Apollo Server's comes between parsing and it, and some
 * of its rules are what the limits guard. A document that asks for nothing takes the place of such a one, and is refused
 * when the validation is over; cached by Apollo Server, it lets the next of them be refused without being looked at.
 */
export class RefusedDocuments {
  readonly #limits: GraphqlLimits;
  readonly #refusals = new WeakMap<DocumentNode, GraphQLError>();

  constructor(limits: GraphqlLimits) {
    this.#limits = limits;
  }

  /** To be called before the validation, and before anybody else looks at the document. */
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
