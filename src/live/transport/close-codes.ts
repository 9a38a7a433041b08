import { CloseCode, GRAPHQL_TRANSPORT_WS_PROTOCOL } from 'graphql-ws';
import { OVERLOADED } from '../../foundation/overload.js';
import { SIGN_IN } from '../../graphql-server/pipeline/sign-in-steps.js';

export const GOING_AWAY = 'The gateway is stopping: connect anew';

export const TOO_MANY_CONNECTIONS = {
  message: 'This API key or person has reached its limit of open connections.',
  extensions: { code: 'RATE_LIMITED' },
};
export const TOO_MANY_SUBSCRIPTIONS = {
  message: 'This API key or person has reached its limit of subscriptions.',
  extensions: { code: 'RATE_LIMITED' },
};
export const SIGNED_OUT = {
  message: 'The API key or token was revoked or has expired, or its organization is suspended.',
  extensions: { code: 'UNAUTHENTICATED' },
};
export const TOO_SLOW = {
  message: 'This subscriber reads too slowly: resume with `after`.',
  extensions: { code: 'RATE_LIMITED' },
};

export type Close = readonly [code: number, reason: string];

/**
 * A reason has at most 123 bytes; what HTTP refuses too has the same words there. Clients of graphql-ws do not reconnect
 * after most of the protocol's codes, but do so after 4403, for which they ask the application for a fresh key.
 */
export const CLOSE = {
  BAD_REQUEST: [CloseCode.BadRequest, 'Invalid message received'],
  SUBPROTOCOL: [
    CloseCode.SubprotocolNotAcceptable,
    `Use the subprotocol ${GRAPHQL_TRANSPORT_WS_PROTOCOL}, as the package graphql-ws does`,
  ],
  LEGACY_SUBPROTOCOL: [
    CloseCode.SubprotocolNotAcceptable,
    `subscriptions-transport-ws is not served: use ${GRAPHQL_TRANSPORT_WS_PROTOCOL}, as the package graphql-ws does`,
  ],
  INIT_TIMEOUT: [CloseCode.ConnectionInitialisationTimeout, 'connection_init did not come in time'],
  TOO_MANY_INITS: [CloseCode.TooManyInitialisationRequests, 'Too many initialisation requests'],
  FAULT: [CloseCode.InternalServerError, 'Internal server error'],
  GOING_AWAY: [1001, GOING_AWAY],
  SIGN_IN: [CloseCode.Forbidden, SIGN_IN],
  SIGNED_OUT: [CloseCode.Forbidden, SIGNED_OUT.message],
  MOVED: [1012, 'The organization has moved to another database: connect anew'],
  TOO_EARLY: [CloseCode.Unauthorized, 'Send connection_init first, and wait for connection_ack'],
  NO_ROOM: [1013, OVERLOADED],
  TOO_MANY_ANONYMOUS: [1013, 'Too many WebSockets have not signed in (LIVE_MAX_ANONYMOUS): try again'],
  TOO_SLOW: [4420, TOO_SLOW.message],
  TOO_MANY_CONNECTIONS: [4421, TOO_MANY_CONNECTIONS.message],
} as const satisfies Record<string, Close>;

export const forbidden = (reason: string): Close => [CloseCode.Forbidden, reason];
export const tryAgainLater = (reason: string): Close => [1013, reason];
