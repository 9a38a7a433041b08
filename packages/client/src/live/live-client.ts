import { Connection } from './connection.js';
import { LiveSubscription } from './live-subscription.js';
import type { LiveOptions, LiveRequest, LiveSink } from './live-values.js';

export { ConnectionRefused, type LiveError, OperationRefused } from './live-errors.js';
export type {
  LiveOptions,
  LiveRequest,
  LiveResult,
  LiveSink,
  LiveState,
  LostChanges,
  Token,
} from './live-values.js';
export { signedInFetch } from './sign-in.js';

/**
 * Subscriptions over one WebSocket. After a cut they go on after the last change that they have received, so that none
 * is lost and none comes twice.
 */
export class LiveClient {
  readonly #options: LiveOptions;
  readonly #connection: Connection;

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#connection = new Connection(options);
  }

  /** @returns what ends the subscription */
  subscribe(request: LiveRequest, sink: LiveSink): () => void {
    const subscription = new LiveSubscription(this.#connection, this.#options, request, sink);
    void subscription.run();
    return () => subscription.stop();
  }

  /** Closes the connection; what runs is complete. */
  dispose(): Promise<void> {
    return this.#connection.dispose();
  }
}
