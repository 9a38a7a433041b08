import { CloseCode } from 'graphql-ws';

/** Clients of graphql-ws treat most of the protocol's codes as fatal and do not reconnect. */
export const CLOSE = {
  BAD_REQUEST: [CloseCode.BadRequest, 'Invalid message received'],
  SUBPROTOCOL: [CloseCode.SubprotocolNotAcceptable, 'Subprotocol not acceptable'],
  INIT_TIMEOUT: [CloseCode.ConnectionInitialisationTimeout, 'Connection initialisation timeout'],
  TOO_MANY_INITS: [CloseCode.TooManyInitialisationRequests, 'Too many initialisation requests'],
  FAULT: [CloseCode.InternalServerError, 'Internal server error'],
  GOING_AWAY: [1001, 'Going away'],
  FORBIDDEN: [CloseCode.Forbidden, 'Forbidden'],
  TRY_AGAIN_LATER: [1013, 'Try again later'],
  UNAUTHORIZED: [CloseCode.Unauthorized, 'Unauthorized'],
  TOO_SLOW: [4420, 'Too slow: resume with after'],
  TOO_MANY_CONNECTIONS: [4421, 'Too many connections'],
} as const satisfies Record<string, Close>;

export type Close = readonly [code: number, reason: string];

export const TOO_MANY_CONNECTIONS = {
  message: 'This API key or person has reached its limit of open connections.',
  extensions: { code: 'RATE_LIMITED' },
};
export const TOO_MANY_SUBSCRIPTIONS = {
  message: 'This API key or person has reached its limit of subscriptions.',
  extensions: { code: 'RATE_LIMITED' },
};
export const SIGNED_OUT = {
  message: 'The API key or token was revoked, or has expired.',
  extensions: { code: 'UNAUTHENTICATED' },
};
export const TOO_SLOW = {
  message: 'This subscriber reads too slowly: resume with `after`.',
  extensions: { code: 'RATE_LIMITED' },
};
