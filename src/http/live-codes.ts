import { CloseCode } from 'graphql-ws';

/**
 * Why the gateway closes a WebSocket: the codes of graphql-transport-ws, and its own. A client of graphql-ws that comes back
 * by itself takes most of the protocol's for final.
 */
export const CLOSE = {
  BAD_REQUEST: [CloseCode.BadRequest, 'Invalid message received'],
  SUBPROTOCOL: [CloseCode.SubprotocolNotAcceptable, 'Subprotocol not acceptable'],
  INIT_TIMEOUT: [CloseCode.ConnectionInitialisationTimeout, 'Connection initialisation timeout'],
  TOO_MANY_INITS: [CloseCode.TooManyInitialisationRequests, 'Too many initialisation requests'],
  FAULT: [CloseCode.InternalServerError, 'Internal server error'],
  /** The gateway stops; another one, or the next, goes on. */
  GOING_AWAY: [1001, 'Going away'],
  /** The database is away: nobody can say whose the key is. */
  TRY_AGAIN_LATER: [1013, 'Try again later'],
  /** The key was revoked, or the key or token has expired; or the client subscribes before it has signed in. */
  UNAUTHORIZED: [CloseCode.Unauthorized, 'Unauthorized'],
  /** More waits for the client than LIVE_BUFFER_LIMIT: it reads too slowly. */
  TOO_SLOW: [4420, 'Too slow: come back with after'],
  /** The key has LIVE_MAX_CONNECTIONS open. */
  TOO_MANY_CONNECTIONS: [4421, 'Too many connections'],
} as const satisfies Record<string, Close>;

export type Close = readonly [code: number, reason: string];

export const TOO_MANY_CONNECTIONS = {
  message: 'This API key or person has as many connections open as it may.',
  extensions: { code: 'RATE_LIMITED' },
};
export const TOO_MANY_SUBSCRIPTIONS = {
  message: 'This API key or person has as many subscriptions as it may.',
  extensions: { code: 'RATE_LIMITED' },
};
export const SIGNED_OUT = {
  message: 'The API key or token was revoked, or has expired.',
  extensions: { code: 'UNAUTHENTICATED' },
};
export const TOO_SLOW = {
  message: 'More waits for this subscriber than it may: come back with `after`.',
  extensions: { code: 'RATE_LIMITED' },
};
