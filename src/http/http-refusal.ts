import type { GraphQLError } from 'graphql';

/** A request that is refused before GraphQL sees it; answered in GraphQL's shape all the same. */
export class HttpRefusal extends Error {
  readonly statusCode: number;
  readonly code: string;
  /** What stands beside the code. */
  readonly details: Record<string, unknown>;

  constructor(statusCode: number, code: string, message: string, details: Record<string, unknown> = {}) {
    super(message);
    this.name = 'HttpRefusal';
    this.statusCode = statusCode;
    this.code = code;
    this.details = details;
  }

  /** The same words for what a document is refused for before Apollo Server gets it. */
  static of({ message, extensions }: GraphQLError): HttpRefusal {
    const { code, http: _http, ...details } = extensions;
    return new HttpRefusal(400, String(code), message, details);
  }
}
