import { WebSocket } from 'ws';
import { LiveClient, type LiveOptions } from '../../packages/client/src/live/live-client.js';

/** The kit's live client as Node 20 needs it; it tries again at once, so that a test with many cuts is short. */
export const openLive = (options: LiveOptions): LiveClient =>
  new LiveClient({ webSocketImpl: WebSocket, retryWait: () => 5, ...options });
