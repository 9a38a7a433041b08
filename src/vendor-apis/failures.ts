import type { FastifyError, FastifyRequest, FastifySchemaValidationError } from 'fastify';
import type { GraphQLFormattedError } from 'graphql';
import { RETRY_AFTER } from '../foundation/overload.js';
import { Refusal } from '../foundation/refusal.js';
import type { FormatError } from '../graphql-server/execution/executor.js';
import { recordErrors } from '../graphql-server/pipeline/request-record-steps.js';
import { HttpRefusal } from '../http/http-refusal.js';
import { shownErrors } from '../live/transport/operation.js';

/** Something that is wrong with a request. */
export interface Problem {
  place: 'path' | 'query' | 'body';
  /** The members that lead to it. */
  path: string[];
  message: string;
  /** JSON Schema's; `json` and `media` for a body that is no JSON, `refused` for what no schema says. */
  keyword: string;
  /** Of the keyword, e.g. `{ limit: 1 }`. */
  params: Record<string, unknown>;
}

/** Why a request is not answered as it wishes, before it takes a vendor's shape. */
export interface Failure {
  status: number;
  code: string;
  message: string;
  problems: Problem[];
  /** Seconds. */
  retryAfter: string | null;
  /** Of a refusal: the call, or the voice call, as it is. */
  present: object;
}

const STATUS: Readonly<Record<string, number>> = {
  NOT_FOUND: 404,
  INVALID: 422,
  LIMIT_EXCEEDED: 422,
  ALREADY_EXISTS: 409,
  REFERENCE_CONFLICT: 409,
  REVISION_CONFLICT: 409,
  CALL_ENDED: 409,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  BAD_REQUEST: 400,
  BAD_USER_INPUT: 422,
  ANSWER_TOO_LARGE: 400,
  RATE_LIMITED: 429,
  OVERLOADED: 503,
  SERVICE_UNAVAILABLE: 503,
};

export function failureOf(formatError: FormatError, error: unknown, request: FastifyRequest): Failure {
  const { requestRecord } = request;
  const failure = judged(formatError, error, request);
  requestRecord.code = failure.code;
  if (failure.status < 500 && requestRecord.outcome === 'ok') requestRecord.outcome = 'refused';
  return failure;
}

function judged(formatError: FormatError, error: unknown, request: FastifyRequest): Failure {
  const { statusCode, validation, validationContext, message } = error as FastifyError;
  if (error instanceof Refusal) return ofRefusal(error, request);
  if (validation !== undefined) {
    const problems = validation.map((each) => ofSchema(each, validationContext, request));
    return failure('INVALID', message, { problems });
  }
  if (error instanceof HttpRefusal && error.statusCode >= 500) {
    return failure(error.code, message, { status: error.statusCode });
  }
  if (statusCode !== undefined && statusCode < 500) return ofBody(statusCode, message);
  const errors = shownErrors(formatError, error);
  recordErrors(request.requestRecord, errors);
  return ofShown(errors);
}

/** Its text is no JSON, too long, or of another media type. */
function ofBody(status: number, message: string): Failure {
  const keyword = status === 415 ? 'media' : 'json';
  const problems: Problem[] = [{ place: 'body', path: [], message, keyword, params: {} }];
  return failure(status === 413 ? 'PAYLOAD_TOO_LARGE' : 'BAD_REQUEST', message, { status, problems });
}

export const failure = (code: string, message: string, rest: Partial<Failure> = {}): Failure => {
  const status = STATUS[code] ?? 500;
  return {
    ...{ status, code, message, problems: [], present: {} },
    retryAfter: (rest.status ?? status) === 503 ? RETRY_AFTER : null,
    ...rest,
  };
};

function ofShown([shown]: GraphQLFormattedError[]): Failure {
  const { code, retryAfter } = shown?.extensions ?? {};
  const message = shown?.message ?? 'Internal server error';
  return failure(String(code), message, retryAfter === undefined ? {} : { retryAfter: String(retryAfter) });
}

function ofRefusal({ errors, message, present }: Refusal, { method }: FastifyRequest): Failure {
  const place = method === 'GET' ? 'query' : 'body';
  const problems = errors.map((each): Problem => {
    return { place, path: each.path ?? [], message: each.message, keyword: 'refused', params: {} };
  });
  return failure(errors[0]?.code ?? 'INVALID', message, { problems, present });
}

const PLACES: Readonly<Record<string, Problem['place']>> = { params: 'path', querystring: 'query' };

function ofSchema(
  { instancePath, keyword, params, message = 'is invalid' }: FastifySchemaValidationError,
  context: string | undefined,
  { body }: FastifyRequest,
): Problem {
  if (context === 'body' && body == null) {
    return { place: 'body', path: [], message: 'must be present', keyword: 'required', params: {} };
  }
  const member: unknown = params.missingProperty ?? params.additionalProperty;
  const path = instancePath.split('/').slice(1).map(unescaped);
  return {
    place: PLACES[context ?? ''] ?? 'body',
    path: typeof member === 'string' ? [...path, member] : path,
    message,
    keyword,
    params,
  };
}

const unescaped = (part: string) => part.replaceAll('~1', '/').replaceAll('~0', '~');
