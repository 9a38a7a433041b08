import { Ajv, type Options, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';

export type Schema = Readonly<Record<string, unknown>>;

/** One request of a vendor's specification. */
export interface Operation {
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  /** `{name}` stands for one part of the path. */
  readonly path: string;
  /** Of the path's parts; string where none is given. */
  readonly parameters?: Readonly<Record<string, Schema>>;
  readonly query?: Schema;
  /** Without it, the request has no body. */
  readonly body?: Schema;
  readonly isBodyOptional?: boolean;
  readonly isForm?: boolean;
  /** Needs no credential. */
  readonly isOpen?: boolean;
  /** By status; null for an answer without a body. Only what tests of the gateway's own answers need. */
  readonly answers?: Readonly<Record<number, Schema | null>>;
}

export interface VendorSpec {
  readonly scheme: 'Bearer' | 'AccessKey';
  /** Of paths and of the body's members. */
  readonly ignoresCase?: boolean;
  readonly operations: readonly Operation[];
  /** The JSON of every refusal; null where the vendor refuses in plain text, or without a body. */
  readonly refusal?: Schema | null;
}

/** As JSON has it: numbers of a path or a query are numbers here. */
export interface CheckedRequest {
  readonly operation: Operation;
  readonly parameters: Record<string, string | number>;
  readonly query: Record<string, unknown>;
  readonly body: Record<string, unknown>;
  /** The Range header. */
  readonly range?: string | undefined;
}

/** Where and what is wrong. `kind` is the schema's keyword, as in `required`. */
export interface Problem {
  readonly at: readonly string[];
  readonly message: string;
  readonly kind: string;
}

/**
 * An object without members other than these. The vendors ignore unknown members; here they are refused, for otherwise no
 * test would notice a misspelled optional one.
 */
export const closed = (properties: Record<string, Schema>, required: readonly string[] = []): Schema => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
/** An answer, which may have more than we know of. */
export const open = (properties: Record<string, Schema>, required: readonly string[]): Schema => ({
  type: 'object',
  properties,
  required,
});
export const orNull = (schema: Schema): Schema => ({ ...schema, nullable: true });
export const STRING: Schema = { type: 'string' };
export const OBJECT: Schema = { type: 'object' };
export const oneOf = (...words: string[]): Schema => ({ type: 'string', enum: words });

// Strict: a schema that cannot be compiled, or has an unknown keyword, is an error and not a check that is left out.
const STRICT: Options = {
  strict: true,
  strictTypes: true,
  strictRequired: true,
  allErrors: true,
  discriminator: true,
};
const ofBodies = addFormats.default(new Ajv(STRICT));
const ofTexts = addFormats.default(new Ajv({ ...STRICT, coerceTypes: 'array' }));

/** What is wrong with an answer to one of the vendor's operations, in one line; null if nothing is. */
export function answerProblem(
  { answers = {} }: Operation,
  { refusal = null }: VendorSpec,
  { status, text, type }: { status: number; text: string; type: string },
): string | null {
  const schema = status < 400 ? answers[status] : refusal;
  if (schema === undefined) return `the specification has no answer ${status}`;
  if (schema === null) {
    const isEmpty = text === '';
    return isEmpty || (status >= 400 && type.startsWith('text/plain')) ? null : `it has a body: ${text}`;
  }
  if (!type.startsWith('application/json')) return `it is ${type}`;
  const problems = found(compiled(schema), 'body', JSON.parse(text));
  return problems.length === 0
    ? null
    : problems.map(({ at, message }) => `${at.join('.')} ${message}`).join('; ');
}

const validators = new WeakMap<Schema, ValidateFunction>();

function compiled(schema: Schema): ValidateFunction {
  const validate = validators.get(schema) ?? ofBodies.compile(schema);
  validators.set(schema, validate);
  return validate;
}

/** Checks the requests of one operation. */
export class OperationCheck {
  readonly #parameters: ValidateFunction;
  readonly #query: ValidateFunction;
  readonly #body: ValidateFunction | null;
  readonly #path: RegExp;

  constructor(
    readonly operation: Operation,
    ignoresCase: boolean,
  ) {
    const { path, parameters = {}, query = closed({}), body } = operation;
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
    const pattern = path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)');
    this.#path = new RegExp(`^${pattern}$`, ignoresCase ? 'i' : '');
    const properties = Object.fromEntries(names.map((name) => [name, parameters[name] ?? STRING]));
    this.#parameters = ofTexts.compile(closed(properties, names));
    this.#query = ofTexts.compile(query);
    this.#body = body === undefined ? null : ofBodies.compile(body);
  }

  /** The values in the path; null if it is another operation's. */
  match(method: string, path: string): Record<string, string> | null {
    const groups = method === this.operation.method ? this.#path.exec(path) : null;
    if (groups === null) return null;
    return Object.fromEntries(
      Object.entries(groups.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]),
    );
  }

  /** Turns texts of the path and the query into numbers, where the schema says so. */
  problems(request: CheckedRequest, text: string, contentType: string | undefined): Problem[] {
    return [
      ...found(this.#parameters, 'path', request.parameters),
      ...found(this.#query, 'query', request.query),
      ...this.#ofBody(request.body, text, contentType),
    ];
  }

  #ofBody(body: unknown, text: string, contentType: string | undefined): Problem[] {
    const problem = (message: string, kind: string) => [{ at: ['body'], message, kind }];
    if (this.#body === null) return text === '' ? [] : problem('must be absent', 'absent');
    if (text === '') return this.operation.isBodyOptional ? [] : problem('must be present', 'required');
    const type = this.operation.isForm ? 'application/x-www-form-urlencoded' : 'application/json';
    if (contentType?.split(';')[0] !== type) return problem(`must have the content type ${type}`, 'type');
    return found(this.#body, 'body', body);
  }
}

function found(validate: ValidateFunction, place: string, value: unknown): Problem[] {
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, keyword, message = '', params }) => {
    const member: unknown = params.missingProperty ?? params.additionalProperty;
    const path = instancePath.split('/').slice(1);
    return {
      at: [place, ...path, ...(typeof member === 'string' ? [member] : [])],
      message,
      kind: keyword,
    };
  });
}
