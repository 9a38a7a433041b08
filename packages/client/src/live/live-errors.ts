import type { GraphQLFormattedError } from 'graphql';

/** The gateway has refused the subscription, or ended it. */
export class OperationRefused extends Error {
  override readonly name = 'OperationRefused';
  readonly errors: readonly GraphQLFormattedError[];

  constructor(errors: readonly GraphQLFormattedError[]) {
    super(errors.map(({ message }) => message).join('\n'));
    this.errors = errors;
  }

  /** The first error's code, e.g. CURSOR_LOST. */
  get code(): string | undefined {
    return codeOf(this.errors);
  }
}

/** There is no connection, and no further try would help. */
export class ConnectionRefused extends Error {
  override readonly name = 'ConnectionRefused';
  /** Of the WebSocket; null if it never opened. */
  readonly closeCode: number | null;

  constructor({ code, reason }: Closed) {
    super(code === null ? `No connection: ${reason}` : `The connection was closed: ${code} ${reason}`.trim());
    this.closeCode = code;
  }
}

export type LiveError = OperationRefused | ConnectionRefused;

export interface Closed {
  code: number | null;
  reason: string;
}

export function codeOf([first]: readonly GraphQLFormattedError[]): string | undefined {
  const code = first?.extensions?.code;
  return typeof code === 'string' ? code : undefined;
}

/** What a WebSocket, the token or the protocol has thrown, in our words. */
export function closedBy(failure: unknown): Closed {
  if (typeof failure === 'object' && failure !== null) {
    const { code, reason, message } = failure as { code?: unknown; reason?: unknown; message?: unknown };
    if (typeof code === 'number') return { code, reason: typeof reason === 'string' ? reason : '' };
    if (typeof message === 'string' && message !== '') return { code: null, reason: message };
  }
  return { code: null, reason: 'the connection failed' };
}

/** Malformed messages, another protocol, an operation's id twice, two sign-ins: faults of the client. */
export const FATAL_CODES = [4400, 4406, 4409, 4429];
/** The key is missing or wrong, has expired or was revoked. */
export const SIGN_IN_CODES = [4401, 4403];
/** They pass. All changes before them have been sent, so that a subscription goes on after its cursor. */
export const PASSING_ERRORS = ['RATE_LIMITED', 'SERVICE_UNAVAILABLE', 'OVERLOADED', 'INTERNAL_SERVER_ERROR'];
