import { getHeapStatistics } from 'node:v8';
import { integer } from '../parsers.js';
import { settings } from '../setting.js';

/** How many times its size in bytes a value may take on the heap, e.g. a list of empty lists. */
const SWELLING = 12;

export const load = settings({
  bodyLimit: {
    variable: 'BODY_LIMIT',
    default: 4_194_304,
    parse: integer(1024, 1_073_741_824),
    description: 'Bytes that the body of a request may have; a larger one is answered with 413.',
  },
  metadataMaxBytes: {
    variable: 'METADATA_MAX_BYTES',
    default: 262_144,
    parse: integer(2, 67_108_864),
    description: "Bytes of JSON that one call's metadata may have.",
    details:
      'An event that would exceed it is kept as `TOO_LARGE` and does not count. Only `joinCalls` may exceed it, and then every merge is accepted that makes the metadata no larger.',
  },
  metadataMaxDepth: {
    variable: 'METADATA_MAX_DEPTH',
    default: 32,
    parse: integer(1, 1000),
    description: "Levels of objects and arrays that one call's metadata may nest.",
    details: 'The same rules apply to what would exceed it.',
  },
  maxConcurrentRequests: {
    variable: 'MAX_CONCURRENT_REQUESTS',
    default: 64,
    parse: integer(1, 1_000_000),
    description: 'Number of requests that are executed at once.',
    details: 'They are shared fairly, see [Fairness](identity-and-limits.md#fairness).',
  },
  maxQueuedRequests: {
    variable: 'MAX_QUEUED_REQUESTS',
    default: 1024,
    parse: integer(0, 1_000_000),
    description: 'Number of requests that may wait for their turn; the next is answered with 503.',
    details: 'They wait at most 2 s, and are shared fairly as well.',
  },
  answerMaxBytes: {
    variable: 'ANSWER_MAX_BYTES',
    default: 67_108_864,
    parse: integer(1024, 536_870_912),
    description: 'Bytes that may be read from the database for one answer, and bytes that it may have.',
  },
  answersMaxBytes: {
    variable: 'ANSWERS_MAX_BYTES',
    default: Math.min(268_435_456, Math.floor(getHeapStatistics().heap_size_limit / SWELLING)),
    shownDefault: '`268435456`, or a twelfth of a smaller heap',
    parse: integer(65_536, 1_099_511_627_776),
    description: 'Bytes that all answers in progress may take together.',
    details:
      'That is what was read for them, the form in which it is shown, and their text until it is sent.',
  },
});
