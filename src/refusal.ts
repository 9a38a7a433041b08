/** The catalogue of expected refusals; the contract's UserErrorCode. */
export type UserErrorCode =
  | 'NOT_FOUND'
  | 'REVISION_CONFLICT'
  | 'INVALID'
  | 'LIMIT_EXCEEDED'
  | 'ALREADY_EXISTS'
  | 'REFERENCE_CONFLICT'
  | 'CALL_ENDED';

/** One refusal as the payload shows it; path leads to the argument at fault, list positions included. */
export interface UserErrorData {
  code: UserErrorCode;
  message: string;
  path: string[] | null;
}

/**
 * An expected refusal: the transaction that throws it is rolled back, and the payload carries `errors` with
 * `present` beside them (the call, voice call or flow as it is now, where there is one).
 */
export class Refusal extends Error {
  readonly errors: UserErrorData[];
  readonly present: object;

  constructor(errors: UserErrorData[], present: object = {}) {
    super(errors.map((error) => error.message).join(' '));
    this.name = 'Refusal';
    this.errors = errors;
    this.present = present;
  }
}

/** What `run` answers with, or the Refusal that it throws. */
export function outcomeOf<T>(run: () => T): T | Refusal {
  try {
    return run();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

/** Throws a Refusal with one error. */
export function refuse(
  code: UserErrorCode,
  message: string,
  path: string[] | null = null,
  present: object = {},
): never {
  throw new Refusal([{ code, message, path }], present);
}

/** Throws a Refusal with the errors, if there are any; of several about one argument with the first. */
export function refuseIf(errors: UserErrorData[]): void {
  const firsts = new Map(errors.toReversed().map((error) => [JSON.stringify(error.path), error]));
  if (errors.length > 0) throw new Refusal([...firsts.values()].reverse());
}

/** Names a record as a client did: `path` is the argument that says which, `label` its words ("id call_01h…"). */
export interface Target {
  path: string[];
  label: string;
}

/** Refuses with NOT_FOUND at the target: another organization's record and one that never was read the same. */
export function refuseUnknown(what: string, target: Target, member: string): never {
  refuse('NOT_FOUND', `${what} with ${target.label} not found in your organization`, [
    ...target.path,
    member,
  ]);
}

/** The caller may not do this at all (a scope, or the STAFF rule): a GraphQL error FORBIDDEN, not a UserError. */
export class Forbidden extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Forbidden';
  }
}
