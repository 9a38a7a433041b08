import type { DocumentNode, GraphQLFormattedError } from 'graphql';
import type { LiveError } from './live-errors.js';

export interface LiveRequest {
  query: string | DocumentNode;
  variables?: Record<string, unknown> | null | undefined;
  operationName?: string | null | undefined;
  extensions?: Record<string, unknown> | null | undefined;
}

export interface LiveResult {
  data?: Record<string, unknown> | null;
  errors?: readonly GraphQLFormattedError[];
  extensions?: Record<string, unknown>;
}

export interface LiveSink {
  next(result: LiveResult): void;
  error(error: LiveError): void;
  complete(): void;
}

/** The key or token to sign in with. A function is asked at each connection, so that it can renew what has expired. */
export type Token = string | (() => string | Promise<string>);

/** What a subscription was, when it has lost changes. */
export interface LostChanges {
  /** As it was sent. */
  query: string;
  variables: Record<string, unknown> | null;
  operationName: string | null;
}

export type LiveState =
  | { state: 'connected' }
  /** The connection was cut, and the next try comes in `wait` milliseconds. */
  | { state: 'waiting'; attempt: number; wait: number; reason: string };

export interface LiveOptions {
  /** The gateway's endpoint, e.g. `https://calls.example/graphql`; http(s) or ws(s). */
  url: string;
  token: Token;
  /** For a platform that has no `WebSocket` of its own, such as Node 20: that of the package `ws`. */
  webSocketImpl?: unknown;
  /** Milliseconds before the next try, the first being 1; by default with jitter, at most half a minute. */
  retryWait?: (attempt: number) => number;
  /** How often a connection is tried again in a row before subscriptions end with an error; without end by default. */
  retryAttempts?: number;
  /** Milliseconds of silence after which the connection is checked, and taken for cut if no answer comes. */
  keepAlive?: number;
  /**
   * The log was set back, as by a restore, and lacks the cursor: the subscription ends with CURSOR_LOST. Read anew, and
   * subscribe after the `changeCursor` of that answer.
   */
  onCursorLost?: (lost: LostChanges) => void;
  /**
   * A subscription without cursors runs again after a cut: read what it may have missed. Return the promise of that: what
   * changes meanwhile comes when it has settled, so that no older state replaces it.
   */
  onGap?: (lost: LostChanges) => unknown;
  /** For a sign that the screen may be old. */
  onState?: (state: LiveState) => void;
}
