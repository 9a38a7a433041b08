import { integer } from '../parsers.js';
import { settings } from '../setting.js';

export const subscriptions = settings({
  liveMaxConnections: {
    variable: 'LIVE_MAX_CONNECTIONS',
    default: 2_000,
    parse: integer(1, 1_000_000),
    description: 'Number of WebSockets and event streams that one key may have open on one gateway.',
  },
  liveMaxSubscriptions: {
    variable: 'LIVE_MAX_SUBSCRIPTIONS',
    default: 5_000,
    parse: integer(1, 1_000_000),
    description:
      'Number of subscriptions that one key may have on one gateway, on all its connections together.',
  },
  liveMaxAnonymous: {
    variable: 'LIVE_MAX_ANONYMOUS',
    default: 64,
    parse: integer(1, 1_000_000),
    description: 'Number of WebSockets that may be open before they have signed in.',
    details: 'The oldest of them gives way to the next, and each has 5 seconds.',
  },
  liveBufferLimit: {
    variable: 'LIVE_BUFFER_LIMIT',
    default: 1_048_576,
    parse: integer(1024, 1_073_741_824),
    description: 'Bytes that may wait for a subscriber who reads slowly, in addition to one answer.',
  },
  liveFrameLimit: {
    variable: 'LIVE_FRAME_LIMIT',
    default: 4_194_304,
    parse: integer(1024, 268_435_456),
    description: "Bytes that a subscription's answer to one change may have; more ends the subscription.",
  },
  livePingInterval: {
    variable: 'LIVE_PING_INTERVAL',
    default: 12,
    parse: integer(1, 3600),
    description: 'Seconds between two pings of a WebSocket or event stream.',
    details:
      'A WebSocket that has not answered by the next one is cut off, and so is any client that has taken nothing of what waits for it.',
  },
});
