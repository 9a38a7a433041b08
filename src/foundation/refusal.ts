export type UserErrorCode =
  | 'NOT_FOUND'
  | 'REVISION_CONFLICT'
  | 'INVALID'
  | 'LIMIT_EXCEEDED'
  | 'ALREADY_EXISTS'
  | 'REFERENCE_CONFLICT'
  | 'CALL_ENDED';

/** Of REFERENCE_CONFLICT, by id; REVISION_CONFLICT; and LIMIT_EXCEEDED. */
export type RefusalDetails =
  | { calls: string[] }
  | { present: number; expected: number }
  | { limit: number; found: number };

/** `path` leads to the argument at fault, with list positions. */
export interface UserErrorData {
  code: UserErrorCode;
  message: string;
  path: string[] | null;
  details?: RefusalDetails | undefined;
}

/** Rolls back the transaction. `present` is the current call, voice call or flow. */
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

export function valueOrRefusal<T>(run: () => T): T | Refusal {
  try {
    return run();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

export function refuse(
  code: UserErrorCode,
  message: string,
  path: string[] | null = null,
  present: object = {},
  details?: RefusalDetails,
): never {
  throw new Refusal([{ code, message, path, ...(details && { details }) }], present);
}

/** @throws Refusal with the first error per argument */
export function refuseIf(errors: UserErrorData[]): void {
  const firsts = new Map(errors.toReversed().map((error) => [JSON.stringify(error.path), error]));
  if (errors.length > 0) throw new Refusal([...firsts.values()].reverse());
}

export interface Target {
  path: string[];
  label: string;
}

/** Must not reveal whether another organization has the record. */
export function refuseUnknown(what: string, target: Target, member: string): never {
  refuse('NOT_FOUND', `${what} with ${target.label} not found in your organization`, [
    ...target.path,
    member,
  ]);
}

/** A GraphQL error FORBIDDEN, not a UserError. */
export class Forbidden extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Forbidden';
  }
}
