import type { GraphQLError } from 'graphql';

export class HttpRefusal extends Error {
  readonly statusCode: number;
  readonly code: string;
  readonly details: Record<string, unknown>;

  constructor(statusCode: number, code: string, message: string, details: Record<string, unknown> = {}) {
    super(message);
    this.name = 'HttpRefusal';
    this.statusCode = statusCode;
    this.code = code;
    this.details = details;
  }

  static of({ message, extensions }: GraphQLError): HttpRefusal {
    const { code, http, ...details } = extensions;
    return new HttpRefusal(
      (http as { status?: number } | undefined)?.status ?? 400,
      String(code),
      message,
      details,
    );
  }
}
